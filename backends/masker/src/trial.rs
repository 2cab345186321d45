//! One trial: compile, walk, compile again.

use std::{io::Write, time::Instant};

use gonogo_core::{Constraint, Nanos};
use gonogo_engine::{Engine, Matcher};
use gonogo_protocol::masks::{Compiled, FromMasker, MaskPhase, Recompiled, Trial, Walked};

use crate::{
    conversation::{NoAnswer, count},
    refusal,
    timer::nanos,
    walk::Walker,
};

/// Makes the trial and writes every line of it but the last, which is left to the caller, because
/// only the caller knows whether anything panicked.
pub(crate) fn answer<W: Write>(
    walker: &mut Walker<'_, W>,
    engine: &mut dyn Engine,
    trial: &Trial,
) -> Result<FromMasker, NoAnswer> {
    let id = trial.id;
    let channel = walker.channel();
    let (mut matcher, compile) = compile(walker, engine, &trial.constraint)?;
    let mut first = Some(first_mask(walker, matcher.as_mut())?);
    let mut line =
        FromMasker::Compiled(Compiled { id, compile, first_mask: Nanos(first.unwrap_or_default()) });
    for (index, tokens) in trial.walks.iter().enumerate() {
        channel.send(&line)?;
        let mut reset = None;
        if index > 0 {
            let took;
            (matcher, took) = start_again(walker, engine, &trial.constraint, matcher)?;
            reset = took;
        }
        let found = walker.walk(matcher.as_mut(), tokens, first.take(), trial.sums);
        line = FromMasker::Walked(Walked {
            id,
            walk: count(index),
            reset,
            end: found.end,
            masks: found.masks,
            accepts: found.accepts,
            may_end: found.may_end,
            control: found.control,
            sums: found.sums,
        });
    }
    if trial.recompiles > 0 {
        channel.send(&line)?;
        drop(matcher);
        let again = |_| Ok(self::compile(walker, engine, &trial.constraint)?.1);
        let compiles = (0..trial.recompiles).map(again).collect::<Result<_, NoAnswer>>()?;
        line = FromMasker::Recompiled(Recompiled { id, compiles });
    }
    Ok(line)
}

/// A matcher, and what compiling took.
fn compile<W: Write>(
    walker: &Walker<'_, W>,
    engine: &mut dyn Engine,
    constraint: &Constraint,
) -> Result<(Box<dyn Matcher>, Nanos), NoAnswer> {
    let began = walker.channel().enter(MaskPhase::Compile);
    let compiled = engine.compile(constraint);
    let took = Nanos::from(began.elapsed());
    match compiled {
        Ok(matcher) => Ok((matcher, took)),
        Err(error) => Err(NoAnswer::Failed(refusal::of_compile(&error))),
    }
}

fn first_mask<W: Write>(walker: &mut Walker<'_, W>, matcher: &mut dyn Matcher) -> Result<u64, NoAnswer> {
    walker.channel().enter(MaskPhase::Mask);
    walker.timed_fill(matcher).map_err(|error| NoAnswer::Failed(refusal::of_step(&error)))
}

/// The matcher at its start again, and what going back took; a new one, and nothing, where it
/// cannot go back.
fn start_again<W: Write>(
    walker: &Walker<'_, W>,
    engine: &mut dyn Engine,
    constraint: &Constraint,
    mut matcher: Box<dyn Matcher>,
) -> Result<(Box<dyn Matcher>, Option<Nanos>), NoAnswer> {
    let began = walker.channel().enter(MaskPhase::Mask);
    let is_back = matcher.reset();
    let ended = Instant::now();
    if is_back {
        return Ok((matcher, Some(Nanos(nanos(began, ended)))));
    }
    drop(matcher); // a matcher can be large: the old one goes before the new one comes
    Ok((compile(walker, engine, constraint)?.0, None))
}
