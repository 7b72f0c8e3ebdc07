//! What the operations read: the same for every back end, of its images `I`, normalisations `N` and convolutions `C`.

/// What a convolution reads. It is put together while it is read, so that no copy of it need be written first.
#[derive(Debug)]
pub struct Source<'a, I, N> {
    /// The first channels.
    pub x: &'a I,
    /// The channels behind them.
    pub skip: Option<&'a I>,
    /// What all of them are normalised by.
    pub norm: Option<&'a N>,
    /// Whether every pixel stands for a block of 2x2.
    pub doubled: bool,
}

/// What is added to a convolution's output.
#[derive(Debug)]
pub enum Added<'a, I, N, C> {
    /// Nothing but the bias.
    Nothing,
    /// One number for each image and channel: `[batch, 1, 1, outputs]`.
    Channels(&'a I),
    /// An image: as the output.
    Image(&'a I),
    /// What a convolution of 1x1 makes of a source that is neither normalised nor doubled: a residual block's shortcut.
    Through(&'a C, Source<'a, I, N>),
}

impl<'a, I, N> Source<'a, I, N> {
    /// The same, normalised.
    pub fn normed(self, norm: &'a N) -> Self {
        Self { norm: Some(norm), ..self }
    }

    /// The same, twice as high and wide.
    pub fn doubled(self) -> Self {
        Self { doubled: true, ..self }
    }
}

impl<'a, I, N> From<&'a I> for Source<'a, I, N> {
    fn from(x: &'a I) -> Self {
        Self { x, skip: None, norm: None, doubled: false }
    }
}

// References only, whatever they lead to: `derive` would ask for images that can be copied.
impl<I, N> Copy for Source<'_, I, N> {}

impl<I, N> Clone for Source<'_, I, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, N, C> Copy for Added<'_, I, N, C> {}

impl<I, N, C> Clone for Added<'_, I, N, C> {
    fn clone(&self) -> Self {
        *self
    }
}
