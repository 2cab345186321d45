//! Where two arms' masks differ along the same instance, and which of them the validator proves wrong.
//!
//! Work is capped: of each pair of arms the first step of the first instance at which they differ, there at most
//! one token on either side, and for each at most three answers drawn, one of which the other arm is asked to take.

use std::time::Duration;

use gonogo_core::Constraint;
use gonogo_corpus::{Draft, Entry, Formats, Instance, Validity, recheck_within, reordered};
use gonogo_masks::{Difference, Finding, Questioned, Record, Subject, SubjectInstance};
use gonogo_protocol::masks::{Draw, DrawFinish, FromMasker, Look, ToMasker};

use crate::lane::Lane;

/// Answers drawn from one token on.
const DRAWS: u64 = 3;

/// Tokens of an answer at most.
const MAX_TOKENS: u32 = 256;

/// What validating one answer may take.
const BUDGET: Duration = Duration::from_secs(5);

/// Checksums of the masks of each walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sums(Vec<Vec<u32>>);

impl Sums {
    pub(crate) fn of(record: &Record) -> Self {
        Self(record.walks.iter().map(|walk| walk.sums.clone()).collect())
    }

    /// The first walk and step at which two arms' masks differ.
    fn first_difference(&self, other: &Self) -> Option<Step> {
        self.0.iter().zip(&other.0).enumerate().find_map(|(walk, (one, two))| {
            let at = one.iter().zip(two).position(|(one, two)| one != two)?;
            Some(Step { walk, at })
        })
    }
}

/// A place in a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// Index of the instance.
    walk: usize,
    /// Tokens taken before.
    at: usize,
}

/// Compares the arms of one configuration on one subject.
pub(crate) struct Compare<'l, 'a> {
    lane: &'l mut Lane<'a>,
    subject: &'l Subject,
    seed: u64,
    /// Masks that were asked for.
    seen: Vec<(usize, Step, Vec<u8>)>,
}

impl<'l, 'a> Compare<'l, 'a> {
    pub(crate) fn new(lane: &'l mut Lane<'a>, subject: &'l Subject, seed: u64) -> Self {
        Self { lane, subject, seed, seen: Vec::new() }
    }

    /// Every pair of arms that differs, in the arms' order.
    pub(crate) fn pairs(&mut self, arms: &[&(usize, Sums)]) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (index, (one, sums)) in arms.iter().enumerate() {
            for (two, others) in arms.iter().skip(index + 1) {
                if let Some(step) = sums.first_difference(others) {
                    differences.extend(self.pair([*one, *two], step));
                }
            }
        }
        differences
    }

    /// One pair, at one step. `None` where a mask cannot be had again, or is another than it was.
    fn pair(&mut self, arms: [usize; 2], step: Step) -> Option<Difference> {
        let subject = self.subject;
        let instance = subject.instances.get(step.walk)?;
        let prefix = instance.tokens.get(..step.at)?;
        let masks = [self.mask(arms[0], step)?, self.mask(arms[1], step)?];
        let only = [tokens_of(&masks[0], &masks[1]), tokens_of(&masks[1], &masks[0])];
        let mut tokens = Vec::new();
        for (side, other) in [(0, 1), (1, 0)] {
            let token = only.get(side).and_then(|only| self.first_in_question(only));
            if let (Some(token), Some(by), Some(not)) = (token, arms.get(side), arms.get(other)) {
                let question = Question { token, by: *by, not: *not, step, instance };
                tokens.push(self.question(&question, prefix));
            }
        }
        Some(Difference {
            subject: subject.id.clone(),
            instance: instance.id.clone(),
            at: count(step.at),
            prefix: self.text(prefix),
            arms: [self.lane.name(arms[0]), self.lane.name(arms[1])],
            only: [count(only[0].len()), count(only[1].len())],
            tokens,
        })
    }

    /// The first token with a text, else the first that ends an answer: a control token says nothing.
    fn first_in_question(&self, tokens: &[u32]) -> Option<u32> {
        let vocabulary = self.lane.tokenizer().vocabulary();
        let spelled = tokens.iter().find(|token| !vocabulary.text(**token).is_empty());
        spelled.or_else(|| tokens.iter().find(|token| vocabulary.is_end(**token))).copied()
    }

    fn question(&mut self, question: &Question<'_>, prefix: &[u32]) -> Questioned {
        let finding = self.finding(question, prefix).unwrap_or_else(Finding::Undecided);
        Questioned {
            token: question.token,
            text: self.text(&[question.token]),
            allowed_by: self.lane.name(question.by),
            finding,
        }
    }

    /// What a token that one arm allows and another does not leads to; an error says why that is not known.
    fn finding(&mut self, question: &Question<'_>, prefix: &[u32]) -> Result<Finding, String> {
        let Question { token, by, not, step, instance } = *question;
        let leads_on = instance.tokens.get(step.at) == Some(&token);
        if leads_on && instance.valid() == Some(true) {
            return match reordered(&self.subject.schema, &instance.text) {
                None => Ok(Finding::Narrow { arm: self.lane.name(not), witness: instance.text.clone() }),
                Some(_) => Err(ORDER.into()),
            };
        }
        let mut begun = prefix.to_vec();
        if self.lane.tokenizer().vocabulary().is_end(token) {
            return self.weighed(&[self.spelled(&begun)?], by, not);
        }
        begun.push(token);
        let mut texts = Vec::new();
        for nth in 0..DRAWS {
            if let Some(drawn) = self.draw(by, &begun, nth)? {
                texts.push(self.spelled(&[begun.as_slice(), &drawn].concat())?);
            }
        }
        self.weighed(&texts, by, not)
    }

    /// What finished texts show that `by` allows, and that `not` forbids from somewhere on.
    fn weighed(&mut self, texts: &[String], by: usize, not: usize) -> Result<Finding, String> {
        let mut invalid = None;
        let mut open = "no answer that was drawn came to an end";
        for text in texts {
            if self.is(text, Formats::Asserted, |validity| *validity == Validity::Valid) {
                if reordered(&self.subject.schema, text).is_none() {
                    let (arm, witness) = (self.lane.name(not), text.clone());
                    return match self.lane.accepts(not, self.subject, text) {
                        Some(true) => Ok(Finding::Recut { arm, witness }),
                        Some(false) => Ok(Finding::Narrow { arm, witness }),
                        None => Err(format!("whether {arm} takes a valid text in other tokens is not known")),
                    };
                }
                open = ORDER;
            } else if self.is(text, Formats::Ignored, |validity| matches!(validity, Validity::Invalid { .. }))
            {
                invalid.get_or_insert(text);
            } else {
                open = "the validator cannot say";
            }
        }
        match invalid {
            Some(text) if open != ORDER => {
                Ok(Finding::Wide { arm: self.lane.name(by), witness: text.clone() })
            }
            Some(_) | None => Err(open.into()),
        }
    }

    /// Whether the validator says such a thing of a text. What is proven holds whether or not `format` counts:
    /// valid with it is valid without, and the other way round for invalid.
    fn is(&self, text: &str, formats: Formats, what: impl Fn(&Validity) -> bool) -> bool {
        let instance = Instance { id: String::new(), text: text.to_owned(), labelled: true, why: None };
        let entry = Entry {
            id: String::new(),
            split: String::new(),
            schema: self.subject.schema.clone(),
            draft: Draft::of_name(&format!("draft{}", self.subject.draft)).unwrap_or_default(),
            keywords: Vec::new(),
            formats: false,
            why: None,
            instances: vec![instance],
        };
        recheck_within(&entry, formats, BUDGET).first().is_some_and(what)
    }

    /// The mask of an arm at a step.
    fn mask(&mut self, arm: usize, step: Step) -> Option<Vec<u8>> {
        if let Some((_, _, mask)) = self.seen.iter().find(|(of, at, _)| (*of, *at) == (arm, step)) {
            return Some(mask.clone());
        }
        let tokens = self.subject.instances.get(step.walk)?.tokens.get(..step.at)?.to_vec();
        let look = ToMasker::Look(Look { constraint: self.constraint(), tokens });
        let FromMasker::Seen(seen) = self.lane.ask(arm, &look).ok()? else { return None };
        let mask = from_hex(&seen.hex)?;
        self.seen.push((arm, step, mask.clone()));
        Some(mask)
    }

    /// What an arm draws from `begun` on; `None` where it did not come to an end.
    fn draw(&mut self, arm: usize, begun: &[u32], nth: u64) -> Result<Option<Vec<u32>>, String> {
        let seed = self.seed.wrapping_add(nth);
        let tokens = begun.to_vec();
        let draw = Draw { constraint: self.constraint(), tokens, seed, max_tokens: MAX_TOKENS };
        match self.lane.ask(arm, &ToMasker::Draw(draw))? {
            FromMasker::Drawn(drawn) => Ok((drawn.finish == DrawFinish::Stop).then_some(drawn.tokens)),
            FromMasker::Ready(_)
            | FromMasker::Compiled(_)
            | FromMasker::Walked(_)
            | FromMasker::Recompiled(_)
            | FromMasker::Seen(_)
            | FromMasker::Heartbeat(_)
            | FromMasker::Failed(_) => Err("its worker answered something else".into()),
        }
    }

    fn constraint(&self) -> Constraint {
        Constraint::JsonSchema(self.subject.schema.clone())
    }

    /// The text of tokens, for people.
    fn text(&self, tokens: &[u32]) -> String {
        String::from_utf8_lossy(&self.lane.tokenizer().decode(tokens)).into_owned()
    }

    /// The text of tokens, for a validator.
    fn spelled(&self, tokens: &[u32]) -> Result<String, String> {
        String::from_utf8(self.lane.tokenizer().decode(tokens))
            .map_err(|_| "what was drawn is not UTF-8".to_owned())
    }
}

/// Why a valid text proves nothing.
const ORDER: &str = "the valid texts have their members in another order than the schema";

/// A token that one arm allows and another does not.
#[derive(Clone, Copy)]
struct Question<'a> {
    token: u32,
    by: usize,
    not: usize,
    step: Step,
    instance: &'a SubjectInstance,
}

/// The tokens that are in the first mask and not in the second.
fn tokens_of(mask: &[u8], without: &[u8]) -> Vec<u32> {
    let bytes = mask.iter().zip(without.iter().chain(std::iter::repeat(&0)));
    (0_u32..)
        .zip(bytes)
        .flat_map(|(place, (one, two))| {
            let bits = one & !two;
            (0..8).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| place * 8 + bit)
        })
        .collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(high)? << 4 | digit(low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Step, Sums, from_hex, tokens_of};

    #[test]
    fn the_first_difference_is_of_the_first_instance_and_no_further_than_both_went() {
        let sums = |walks: &[&[u32]]| Sums(walks.iter().map(|walk| walk.to_vec()).collect());
        let one = sums(&[&[1, 2, 3], &[1, 9]]);
        assert_eq!(one.first_difference(&sums(&[&[1, 2, 3], &[1, 2]])), Some(Step { walk: 1, at: 1 }));
        assert_eq!(one.first_difference(&sums(&[&[1, 2], &[1, 9]])), None);
        assert_eq!(one.first_difference(&sums(&[])), None);
    }

    #[test]
    fn tokens_are_the_bits_of_one_mask_that_another_lacks() {
        assert_eq!(from_hex("0a80"), Some(vec![10, 128]));
        assert_eq!((from_hex("0"), from_hex("0g")), (None, None));
        assert_eq!(tokens_of(&[0b1010, 0x80], &[0b0010]), [3, 15]);
        assert_eq!(tokens_of(&[1], &[1, 255]), [0_u32; 0]);
    }
}
