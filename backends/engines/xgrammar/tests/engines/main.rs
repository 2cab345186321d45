//! XGrammar in its own process, and against llguidance. Needs what `gonogo setup` makes: the
//! Python environment and the model whose vocabulary is used.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod process;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vocabulary;
