//! A step as it leaves a run: its pictures in bytes.

use super::plan::PlannedStep;

/// The two images that a step makes of each image, NCHW.
#[derive(Debug, Clone, PartialEq)]
pub struct Images<N> {
    /// The predicted clean image.
    pub x0_hat: Vec<N>,
    /// The state after the step.
    pub x_s: Vec<N>,
}

/// What is shown of a step: pictures, and of a run's last step the numbers too.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Position in the run, from 0.
    pub index: usize,
    /// Steps of the whole run.
    pub num_steps: usize,
    /// The step as planned.
    pub planned: PlannedStep,
    /// A byte for each number.
    pub pixels: Images<u8>,
    /// The numbers: of the last step, after which nobody can ask for them.
    pub floats: Option<Images<f32>>,
}

/// Numbers of images as bytes.
pub(super) fn pixels_of(images: &[f32]) -> Vec<u8> {
    images.iter().copied().map(pixel).collect()
}

/// A number of an image in [-1, 1] as a byte: `round((x / 2 + 0.5) * 255)`, halves to even, clamped to 0..255, as diffusers'
/// pipelines draw it. NaN is 0.
pub fn pixel(x: f32) -> u8 {
    // This conversion clamps.
    ((f64::from(x) / 2.0 + 0.5) * 255.0).round_ties_even() as u8
}

#[cfg(test)]
mod tests {
    use super::pixel;

    #[test]
    fn a_pixel_is_rounded_to_even_and_clamped() {
        // 0 is 127.5: of all floats the only half, but for those beside it that are lost in the sum.
        let drawn = [-1.0, 0.0, 1.0, -0.5, 0.5, -7.0, 7.0].map(pixel);
        assert_eq!(drawn, [0, 128, 255, 64, 191, 0, 255]);
        assert_eq!([f32::NAN, f32::NEG_INFINITY, f32::INFINITY].map(pixel), [0, 0, 255]);
        assert_eq!([-f32::MIN_POSITIVE, -1e-6, 1e-6].map(pixel), [128, 127, 128]);
        assert_eq!([-0.6, 0.6].map(pixel), [51, 204]);
    }
}
