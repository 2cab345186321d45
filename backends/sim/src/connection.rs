//! Plays scripts on one connection.

use std::{
    io::{Result, Write as _},
    net::SocketAddr,
    time::{Duration, Instant},
};

use fastrand::Rng;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::sleep,
};

use crate::{
    Fault, Served, Step, message,
    mix::{Pace, exponential},
    path::{self, Route},
    request::{self, Request},
    script::{head, render_chunk, render_head, whole},
    server::Stage,
};

/// Bytes of one write of a flood.
const BLOCK: usize = 64 << 10;

/// What becomes of a connection after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Open,
    Closed,
}

/// Serves one client until it leaves or a script ends the connection. A client that leaves is no
/// error: most faults are there to make it.
pub(crate) async fn serve(stream: TcpStream, client: SocketAddr, stage: &Stage) {
    // Pieces must go out as they are written; where that cannot be had, they go out later.
    let _ = stream.set_nodelay(true);
    let stream = BufReader::new(stream);
    let mut connection = Connection { stream, chance: None, asked: Instant::now() };
    while let Ok(Some(request)) = request::read(&mut connection.stream).await {
        match connection.respond(&request, client, stage).await {
            Ok(After::Open) => {}
            Ok(After::Closed) | Err(_) => return,
        }
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    /// How a mix is sent, and its chance.
    chance: Option<(Pace, Rng)>,
    /// When the request was read that is being answered.
    asked: Instant,
}

impl Connection {
    async fn respond(&mut self, request: &Request, client: SocketAddr, stage: &Stage) -> Result<After> {
        (self.chance, self.asked) = (None, Instant::now());
        let (fault, followed) = match path::route(&request.target) {
            Route::Fault(fault, followed) => (Some(fault), Ok(followed)),
            Route::Mix(mix) => {
                let mut rng = stage.draws.of(&request.body);
                let fault = mix.draw(&mut rng);
                self.chance = Some((mix.pace(), rng));
                (fault, Ok(0))
            }
            Route::Unknown(why) => (None, Err(why)),
        };
        let (method, target) = (request.method.clone(), request.target.clone());
        (stage.watch)(&Served { client, method, target, fault });
        match (fault, followed) {
            (Some(fault), Ok(followed)) => self.play_fault(fault, followed).await,
            (_, why) => {
                let why = serde_json::json!({"error": {"message": why.err().unwrap_or_default()}});
                self.play("unknown", &whole(404, "application/json", why.to_string())).await
            }
        }
    }

    async fn play_fault(&mut self, fault: &Fault, followed: u32) -> Result<After> {
        if followed < fault.redirects {
            let location = path::hop(fault, followed + 1);
            let redirect = head(303, &[("location", location.as_str()), ("content-length", "0")]);
            return self.play(fault.name, &[redirect]).await;
        }
        self.play(fault.name, &fault.script).await
    }

    async fn play(&mut self, name: &str, script: &[Step]) -> Result<After> {
        for step in script {
            if self.step(name, step).await? == After::Closed {
                return Ok(After::Closed);
            }
        }
        Ok(After::Open)
    }

    async fn step(&mut self, name: &str, step: &Step) -> Result<After> {
        match step {
            Step::Wait(ms) => sleep(Duration::from_millis(*ms)).await,
            Step::Head(status, headers) => {
                self.pause(|pace| pace.delay).await;
                self.write(&render_head(name, *status, headers)).await?;
            }
            Step::Send(bytes) => self.write(bytes).await?,
            Step::Chunk(bytes) => {
                self.pause(|pace| pace.gap).await;
                self.write(&render_chunk(bytes)).await?;
            }
            Step::Took(tokens) => {
                self.write(&render_chunk(&message::took(self.asked.elapsed(), *tokens))).await?;
            }
            Step::Drip(piece, every_ms) => loop {
                self.stream.write_all(piece).await?;
                sleep(Duration::from_millis(*every_ms)).await;
            },
            Step::Flood(bytes) => self.flood(*bytes).await?,
            Step::Zeros(bytes) => {
                let bytes = *bytes;
                // Compressing takes a while, and the other clients should not wait for it.
                let zeros = tokio::task::spawn_blocking(move || gzipped_zeros(bytes)).await??;
                self.write(&zeros).await?;
            }
            Step::Hang => {
                let mut ignored = [0; 512];
                while self.stream.read(&mut ignored).await? > 0 {}
                return Ok(After::Closed);
            }
            Step::Close => return Ok(After::Closed),
            Step::Reset => {
                self.stream.get_ref().set_zero_linger()?;
                return Ok(After::Closed);
            }
        }
        Ok(After::Open)
    }

    /// Waits as long as the mix wants.
    async fn pause(&mut self, mean: impl Fn(&Pace) -> Duration) {
        if let Some((pace, rng)) = &mut self.chance {
            sleep(exponential(mean(pace), rng)).await;
        }
    }

    /// Writes in pieces, where the mix wants cuts.
    async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        if let Some((Pace { cut_bytes, .. }, rng)) = &mut self.chance
            && *cut_bytes > 0
        {
            while !bytes.is_empty() {
                let (piece, rest) = bytes.split_at(rng.usize(1..=*cut_bytes).min(bytes.len()));
                self.stream.write_all(piece).await?;
                // The client gets a chance to read the piece by itself.
                tokio::task::yield_now().await;
                bytes = rest;
            }
            return Ok(());
        }
        self.stream.write_all(bytes).await
    }

    async fn flood(&mut self, bytes: u64) -> Result<()> {
        let block = vec![b'x'; BLOCK];
        let mut left = bytes;
        while left > 0 {
            let piece = block.get(..usize::try_from(left).unwrap_or(BLOCK)).unwrap_or(&block);
            self.stream.write_all(piece).await?;
            left -= piece.len() as u64;
        }
        Ok(())
    }
}

/// So many zero bytes, gzipped, in memory of the size of the result. Fast, because limits run.
fn gzipped_zeros(bytes: u64) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), bytes), &mut encoder)?;
    encoder.flush()?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::gzipped_zeros;

    #[test]
    fn zeros_become_few_bytes_and_come_back() {
        let gzipped = gzipped_zeros(4 << 20).unwrap();
        assert!(gzipped.len() < 50_000, "{}", gzipped.len());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&gzipped[..]).read_to_end(&mut back).unwrap();
        assert!(back.len() == 4 << 20 && back.iter().all(|byte| *byte == 0));
    }
}
