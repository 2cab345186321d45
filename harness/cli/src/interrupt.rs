//! Ctrl-C: asked once, the work stops where it is whole; asked again, the process ends.

use std::time::Duration;

use tokio::{signal::ctrl_c, time::sleep};

use crate::exit_status::ExitStatus;

/// How soon after the first a second signal is its echo: `timeout` tells a process and then the group it is
/// in, and so does a terminal whose program passes the signal on.
const ECHO: Duration = Duration::from_millis(500);

/// Calls `stop` at the first Ctrl-C; a later one ends the process at once.
#[expect(clippy::exit, reason = "somebody who asks twice does not want to wait for a worker")]
pub(crate) async fn listen(stop: impl FnOnce()) {
    if ctrl_c().await.is_err() {
        return;
    }
    stop();
    sleep(ECHO).await;
    if ctrl_c().await.is_ok() {
        std::process::exit(ExitStatus::Interrupted.code().into());
    }
}
