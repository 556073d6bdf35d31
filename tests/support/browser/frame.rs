//! Pages in frames.

use std::time::Duration;

use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use serde_json::Value;

use super::Tab;
use crate::wait;

impl Tab {
    /// Waits until an expression is true in a frame whose URL has this part.
    pub async fn wait_in_frame(&self, url_part: &str, expression: &str, timeout: Duration) {
        let guarded =
            format!("(() => {{ try {{ return !!({expression}) }} catch {{ return false }} }})()");
        let poll = async || {
            let value = self.eval_in_frame(url_part, &guarded).await;
            (value == Some(Value::Bool(true))).then_some(())
        };
        let what = format!("`{expression}` in {url_part}, errors so far: {:?}", self.errors());
        wait::until_async(timeout, &what, poll).await;
    }

    /// Evaluates an expression in a frame whose URL has this part. Returns `None` if there is none, or while it loads.
    async fn eval_in_frame(&self, url_part: &str, expression: &str) -> Option<Value> {
        for frame in self.page.frames().await.ok()? {
            let url = self.page.frame_url(frame.clone()).await.ok()?.unwrap_or_default();
            if !url.contains(url_part) {
                continue;
            }
            let context = self.page.frame_execution_context(frame).await.ok()??;
            let params = EvaluateParams::builder()
                .expression(expression)
                .context_id(context)
                .return_by_value(true)
                .build();
            let result = self.page.evaluate_expression(params.ok()?).await.ok()?;
            return result.value().cloned();
        }
        None
    }
}
