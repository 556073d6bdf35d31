//! The image of a movie without a poster: a landscape that is generated from the movie's id, so
//! that it is the same on every page and on every server.

use std::fmt::Write;

use ginflix_api::movie::MovieId;

/// Height of every image, in SVG user units.
const HEIGHT: f64 = 900.0;

/// The aspect ratio of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 2:3, like posters.
    Poster,
    /// 16:9, like screens.
    Backdrop,
}

impl Shape {
    fn width(self) -> f64 {
        match self {
            Self::Poster => 600.0,
            Self::Backdrop => 1600.0,
        }
    }
}

/// The colours of a landscape, as `0xRRGGBB`.
struct Palette {
    zenith: u32,
    horizon: u32,
    sun: u32,
    far: u32,
    near: u32,
}

const fn palette(zenith: u32, horizon: u32, sun: u32, far: u32, near: u32) -> Palette {
    Palette { zenith, horizon, sun, far, near }
}

const PALETTES: [Palette; 12] = [
    palette(0x0b1e2d, 0x2f6f73, 0xf3d9a4, 0x1f4f57, 0x081418),
    palette(0x2a1233, 0xd9694f, 0xffd9a0, 0x7a2f4a, 0x1a0b20),
    palette(0x3b1d1a, 0xe09f4f, 0xfff0c8, 0x8a4b2c, 0x22100d),
    palette(0x10231b, 0x7fa36b, 0xf2edc0, 0x3d6248, 0x0a1610),
    palette(0x0c1433, 0x5b7fc7, 0xf0e6d8, 0x2d4586, 0x080d22),
    palette(0x3a1f3d, 0xe9a6a1, 0xfff1dc, 0x8f5470, 0x221226),
    palette(0x1a2026, 0x8fa3ad, 0xf7f3e8, 0x4c5c66, 0x10151a),
    palette(0x2b2412, 0xd7b56d, 0xfff6d8, 0x7d6632, 0x1a150a),
    palette(0x190f33, 0x8a6bd1, 0xfbd8e8, 0x46358a, 0x0e0820),
    palette(0x0d2626, 0x58a08c, 0xffe7b0, 0x285d57, 0x071616),
    palette(0x2d0f16, 0xb8434a, 0xffc9a8, 0x6b2030, 0x19080d),
    palette(0x0a1f3a, 0x63aebf, 0xfdf3d6, 0x2b6480, 0x06121f),
];

/// Generates the image as an SVG document.
pub fn svg(id: MovieId, shape: Shape) -> String {
    let mut rng = Rng::new(id);
    let colours = &PALETTES[rng.below(PALETTES.len())];
    let motif = [ridges, sea, city, dunes][rng.below(4)];
    let width = shape.width();
    let (sun_x, sun_y) = (rng.in_range(0.22, 0.78) * width, rng.in_range(210.0, 400.0));
    let sun_r = rng.in_range(58.0, 110.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" \
         preserveAspectRatio=\"xMidYMid slice\"><defs>\
         <linearGradient id=\"sky\" x2=\"0\" y2=\"1\"><stop stop-color=\"{}\"/>\
         <stop offset=\".72\" stop-color=\"{}\"/></linearGradient>\
         <radialGradient id=\"glow\"><stop stop-color=\"{sun}\" stop-opacity=\".55\"/>\
         <stop offset=\"1\" stop-color=\"{sun}\" stop-opacity=\"0\"/></radialGradient></defs>\
         <rect width=\"{width}\" height=\"{HEIGHT}\" fill=\"url(#sky)\"/>\
         <circle cx=\"{sun_x:.0}\" cy=\"{sun_y:.0}\" r=\"{:.0}\" fill=\"url(#glow)\"/>\
         <circle cx=\"{sun_x:.0}\" cy=\"{sun_y:.0}\" r=\"{sun_r:.0}\" fill=\"{sun}\"/>",
        hex(colours.zenith),
        hex(colours.horizon),
        sun_r * 4.2,
        sun = hex(colours.sun),
    );
    motif(&mut Scene { out: &mut out, rng: &mut rng, colours, width, sun_x });
    out.push_str("</svg>");
    out
}

/// The state of a drawing, which the motifs add to.
struct Scene<'a> {
    out: &'a mut String,
    rng: &'a mut Rng,
    colours: &'a Palette,
    width: f64,
    sun_x: f64,
}

impl Scene<'_> {
    /// Returns the colour at a depth between far (0) and near (1).
    fn depth(&self, t: f64) -> String {
        hex(mix(self.colours.far, self.colours.near, t))
    }

    /// Fills everything below a line through `points` with the colour of that depth.
    fn ground(&mut self, points: &[(f64, f64)], smooth: bool, depth: f64) {
        let fill = self.depth(depth);
        let mut path = format!("M-20 {HEIGHT} L-20 {:.0}", points[0].1);
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            // Writing to a String cannot fail.
            let _ = if smooth {
                let middle = f64::midpoint(x0, x1);
                write!(path, " C{middle:.0} {y0:.0} {middle:.0} {y1:.0} {x1:.0} {y1:.0}")
            } else {
                write!(path, " L{x1:.0} {y1:.0}")
            };
        }
        let _ = write!(self.out, "<path d=\"{path} V{HEIGHT} Z\" fill=\"{fill}\"/>");
    }

    /// Returns the points of a random line around the height `base`.
    fn line(&mut self, base: f64, swing: f64, step: f64) -> Vec<(f64, f64)> {
        let mut points = Vec::new();
        let mut x = -20.0;
        while x < self.width + step {
            points.push((x, base + self.rng.in_range(-swing, swing)));
            x += step * self.rng.in_range(0.6, 1.4);
        }
        points.push((self.width + 20.0, base));
        points
    }
}

fn ridges(scene: &mut Scene) {
    for layer in 0..4 {
        let t = f64::from(layer) / 3.0;
        let smooth = layer > 1;
        let (swing, step) = if smooth { (42.0, 150.0) } else { (95.0, 88.0) };
        let points = scene.line(470.0 + 120.0 * t, swing, step);
        scene.ground(&points, smooth, t);
    }
}

fn dunes(scene: &mut Scene) {
    for layer in 0..4 {
        let t = f64::from(layer) / 3.0;
        let points = scene.line(500.0 + 105.0 * t, 70.0, 330.0);
        scene.ground(&points, true, t);
    }
}

fn sea(scene: &mut Scene) {
    let points = scene.line(520.0, 46.0, 210.0);
    scene.ground(&points, true, 0.0);
    scene.ground(&[(-20.0, 560.0), (scene.width + 20.0, 560.0)], false, 0.55);
    let sun = hex(scene.colours.sun);
    for row in 0..16 {
        let y = 574.0 + f64::from(row) * 19.0;
        let half = scene.rng.in_range(14.0, 40.0 + f64::from(row) * 7.0);
        let x = scene.sun_x + scene.rng.in_range(-26.0, 26.0);
        let opacity = 0.5 - f64::from(row) * 0.028;
        let _ = write!(
            scene.out,
            "<rect x=\"{:.0}\" y=\"{y:.0}\" width=\"{:.0}\" height=\"5\" rx=\"2.5\" \
             fill=\"{sun}\" opacity=\"{opacity:.2}\"/>",
            x - half,
            half * 2.0,
        );
    }
    let points = scene.line(800.0, 34.0, 180.0);
    scene.ground(&points, true, 1.0);
}

fn city(scene: &mut Scene) {
    let sun = hex(scene.colours.sun);
    for layer in 0..3u8 {
        let t = f64::from(layer) / 2.0;
        let fill = scene.depth(t);
        let mut x = -20.0;
        while x < scene.width {
            let building_width = scene.rng.in_range(46.0, 96.0);
            let top = scene.rng.in_range(400.0, 600.0) + 90.0 * t;
            let _ = write!(
                scene.out,
                "<rect x=\"{x:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\" fill=\"{fill}\"/>",
                building_width + 1.0,
                HEIGHT - top,
            );
            for _ in 0..scene.rng.below(5) * usize::from(layer) / 2 {
                let (wx, wy) = (scene.rng.below(3), scene.rng.below(8));
                let _ = write!(
                    scene.out,
                    "<rect x=\"{:.0}\" y=\"{:.0}\" width=\"7\" height=\"11\" fill=\"{sun}\" \
                     opacity=\".7\"/>",
                    x + 10.0 + 13.0 * wx as f64,
                    top + 16.0 + 24.0 * wy as f64,
                );
            }
            x += building_width + scene.rng.in_range(-6.0, 26.0) * (1.0 - t);
        }
    }
}

fn hex(colour: u32) -> String {
    format!("#{colour:06x}")
}

fn mix(from: u32, to: u32, t: f64) -> u32 {
    [16, 8, 0].iter().fold(0, |colour, shift| {
        let part = |c: u32| f64::from(c >> shift & 0xff);
        let mixed = part(from) + (part(to) - part(from)) * t;
        colour | (mixed.round() as u32) << shift
    })
}

/// The generator SplitMix64. It is seeded, so that an image never changes.
struct Rng(u64);

impl Rng {
    fn new(id: MovieId) -> Self {
        // The low half of a UUIDv7 is random; the high half is the time.
        Self(id.0.as_u64_pair().1)
    }

    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next_u64() % n as u64) as usize
    }

    fn in_range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_movie_has_the_same_picture() {
        let id = "019a0000-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(svg(id, Shape::Poster), svg(id, Shape::Poster));
        assert_ne!(svg(id, Shape::Poster), svg(id, Shape::Backdrop));
    }

    #[test]
    fn different_movies_have_different_pictures() {
        let pictures: HashSet<_> = (0..100).map(|_| svg(MovieId::new(), Shape::Poster)).collect();
        assert_eq!(pictures.len(), 100);
    }

    #[test]
    fn every_picture_is_small_and_self_contained() {
        for _ in 0..200 {
            let picture = svg(MovieId::new(), Shape::Backdrop);
            assert!(picture.len() < 32 * 1024, "{}", picture.len());
            assert!(!picture.contains("NaN") && !picture.contains("href"), "{picture}");
            assert!(picture.ends_with("</svg>"));
        }
    }

    #[test]
    fn colours_mix() {
        assert_eq!(mix(0x000000, 0xffffff, 0.0), 0x000000);
        assert_eq!(mix(0x102030, 0xffffff, 1.0), 0xffffff);
        assert_eq!(mix(0x000000, 0x204060, 0.5), 0x102030);
    }
}
