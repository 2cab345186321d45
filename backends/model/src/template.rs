//! The chat template a GGUF file carries: Jinja, as Hugging Face runs it.

use gonogo_core::{Message, Role};
use minijinja::{Environment, Error, ErrorKind, context, syntax::SyntaxConfig};
use minijinja_contrib::pycompat::unknown_method_callback;

use crate::ModelError;

const NAME: &str = "chat";

/// A compiled chat template.
pub(crate) struct Template {
    environment: Environment<'static>,
    bos: String,
    eos: String,
}

impl Template {
    /// Compiles `source`; `bos` and `eos` are the names of those tokens, empty for none.
    pub(crate) fn new(source: String, bos: &str, eos: &str) -> Result<Self, ModelError> {
        let mut environment = Environment::new();
        // As Hugging Face sets Jinja up, for which templates are written.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| failed(&error))?);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_template_owned(NAME, source).map_err(|error| failed(&error))?;
        Ok(Self { environment, bos: bos.to_owned(), eos: eos.to_owned() })
    }

    /// The prompt for a conversation, up to where the assistant speaks.
    pub(crate) fn render(&self, messages: &[Message]) -> Result<String, ModelError> {
        let messages: Vec<_> = messages
            .iter()
            .map(|message| context! { role => role(message.role), content => message.content.as_str() })
            .collect();
        self.environment
            .get_template(NAME)
            .and_then(|template| {
                template.render(context! {
                    messages => messages,
                    add_generation_prompt => true,
                    bos_token => self.bos.as_str(),
                    eos_token => self.eos.as_str(),
                })
            })
            .map_err(|error| failed(&error))
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn failed(error: &Error) -> ModelError {
    ModelError::Template(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use gonogo_core::{Message, Role};

    use super::Template;

    fn user(content: &str) -> Vec<Message> {
        vec![Message { role: Role::User, content: content.into() }]
    }

    #[test]
    fn templates_may_use_pythons_methods_and_blocks_vanish() {
        let source = "{% for message in messages %}\n  {% if message['role'] == 'user' %}\n\
                      [{{ message['content'].strip().upper() }}]\n  {% endif %}\n{% endfor %}\n\
                      {{ bos_token }}{% if add_generation_prompt %}>{% endif %}";
        let template = Template::new(source.into(), "<s>", "</s>").unwrap();
        assert_eq!(template.render(&user("  hi ")).unwrap(), "[HI]\n<s>>");
    }

    #[test]
    fn a_template_that_objects_is_heard() {
        let template = Template::new("{{ raise_exception('system only') }}".into(), "", "").unwrap();
        let error = template.render(&user("x")).unwrap_err().to_string();
        assert!(error.contains("system only"), "{error}");
    }

    #[test]
    fn a_template_that_is_not_jinja_is_refused() {
        assert!(Template::new("{% for %}".into(), "", "").is_err());
    }
}
