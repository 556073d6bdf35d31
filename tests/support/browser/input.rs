//! Keys, the mouse and fingers.

use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams, DispatchMouseEventType,
    GestureSourceType, SynthesizeTapGestureParams,
};

use super::Tab;

/// The bit of the Shift key in the modifiers of an event.
const SHIFT: i64 = 8;

impl Tab {
    /// Presses and releases a key, where the focus is.
    pub async fn press(&self, key: &str) {
        self.page.find_element("body").await.unwrap().press_key(key).await.unwrap();
    }

    /// Presses and releases a key of one character while Shift is held.
    pub async fn press_with_shift(&self, key: &str) {
        for kind in [DispatchKeyEventType::KeyDown, DispatchKeyEventType::KeyUp] {
            let event = DispatchKeyEventParams::builder().r#type(kind).key(key).modifiers(SHIFT);
            self.page.execute(event.build().unwrap()).await.unwrap();
        }
    }

    /// Moves the mouse to a part of an element's width, from 0 to 1, halfway down.
    pub async fn point_at(&self, selector: &str, part: f64) {
        let (x, y) = self.position(selector, part).await;
        let moved = DispatchMouseEventParams::new(DispatchMouseEventType::MouseMoved, x, y);
        self.page.execute(moved).await.unwrap();
    }

    /// Touches a part of an element's width with a finger, from 0 to 1, halfway down, once or several times.
    pub async fn tap(&self, selector: &str, part: f64, count: i64) {
        let (x, y) = self.position(selector, part).await;
        let taps = SynthesizeTapGestureParams::builder().x(x).y(y).tap_count(count);
        let taps = taps.gesture_source_type(GestureSourceType::Touch).build().unwrap();
        self.page.execute(taps).await.unwrap();
    }

    async fn position(&self, selector: &str, part: f64) -> (f64, f64) {
        let side = async |expression: &str| {
            let code = format!(
                "(() => {{ const r = document.querySelector({selector:?}).getBoundingClientRect(); \
                 return {expression}; }})()"
            );
            self.eval(&code).await.as_f64().unwrap()
        };
        let x = side("r.left").await + side("r.width").await * part;
        (x, side("r.top + r.height / 2").await)
    }
}
