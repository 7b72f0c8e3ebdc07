//! The kernels' sources, and the pipelines made of them.

use wgpu::{BindGroupLayout, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline, ShaderStages};

/// A kernel's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shader {
    /// [`super::conv`].
    Conv,
    /// [`super::norm`].
    Norm,
    /// [`super::attention`].
    Attention,
    /// Halving and doubling, in [`super::resample`].
    Resample,
    /// Two images side by side, in [`super::resample`].
    Concatenate,
    /// From channel by channel to pixel by pixel and back, in [`super::image`].
    Planes,
    /// [`super::update`].
    Update,
    /// [`super::potential`].
    Potential,
    /// [`super::pixels`].
    Pixels,
}

/// A kernel: its source with the constants put in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// The source.
    pub shader: Shader,
    /// In the order of [`Shader::constants`].
    pub constants: Vec<u32>,
}

/// A kernel, ready to be launched.
#[derive(Debug)]
pub struct Pipeline {
    /// What no other pipeline has.
    pub id: usize,
    /// What it was made of.
    pub kernel: Kernel,
    /// The device's own.
    pub raw: ComputePipeline,
    /// What it takes.
    pub layout: BindGroupLayout,
}

impl Shader {
    const fn source(self) -> &'static str {
        match self {
            Self::Conv => include_str!("conv.wgsl"),
            Self::Norm => include_str!("norm.wgsl"),
            Self::Attention => include_str!("attention.wgsl"),
            Self::Resample => include_str!("resample.wgsl"),
            Self::Concatenate => include_str!("concatenate.wgsl"),
            Self::Planes => include_str!("planes.wgsl"),
            Self::Update => include_str!("update.wgsl"),
            Self::Potential => include_str!("potential.wgsl"),
            Self::Pixels => include_str!("pixels.wgsl"),
        }
    }

    const fn constants(self) -> &'static [&'static str] {
        match self {
            Self::Conv => {
                &["SIDE", "STRIDE", "BEFORE", "DOUBLED", "SKIP", "ADDED", "HALVES", "SHORTCUT_HALVES", "SLICED"]
            }
            Self::Norm => &["SKIP", "ACTIVATION", "SCALE_SHIFT", "THREADS"],
            Self::Attention => &["HEAD_DIM", "ROUNDS", "QUERIES"],
            Self::Resample => &["WAY", "FILTERED", "MIRROR"],
            Self::Planes => &["WAY"],
            Self::Concatenate => &[],
            Self::Update => &["CLIP", "NOISE", "GUIDANCE", "EDIT", "POTENTIAL"],
            Self::Potential => &["SYMMETRY"],
            Self::Pixels => &["DOUBTFUL_X0", "DOUBTFUL_STATE"],
        }
    }

    /// How many buffers it reads, and how many it writes behind them; the shape is last.
    const fn buffers(self) -> (u32, u32) {
        match self {
            Self::Conv => (7, 1),
            Self::Norm => (4, 1),
            Self::Attention | Self::Resample | Self::Planes => (1, 1),
            Self::Concatenate | Self::Pixels | Self::Potential => (2, 1),
            Self::Update => (5, 3),
        }
    }
}

impl Kernel {
    /// The whole source.
    fn source(&self) -> String {
        let constants = self.shader.constants().iter().zip(&self.constants);
        let constants = constants.map(|(name, value)| format!("const {name} = {value}u;\n")).collect::<String>();
        [&self.types(), &constants, include_str!("prelude.wgsl"), self.shader.source()].concat()
    }

    /// What weights are stored as, where a kernel reads any: no constant of WGSL can choose a type.
    fn types(&self) -> String {
        let (Shader::Conv, [.., weights, shortcut, _]) = (self.shader, &self.constants[..]) else {
            return String::new();
        };
        let name = |halves: &u32| if *halves == 1 { "vec4h" } else { "vec4f" };
        let enabled = if weights | shortcut == 1 { "enable f16;\n" } else { "" };
        format!("{enabled}alias Weights = {};\nalias ShortcutWeights = {};\n", name(weights), name(shortcut))
    }

    /// Has the device compile the kernel, which it does meanwhile.
    pub fn pipeline(&self, device: &wgpu::Device, id: usize) -> Pipeline {
        let label = format!("{:?} {:?}", self.shader, self.constants);
        let source = wgpu::ShaderSource::Wgsl(self.source().into());
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(&label), source });
        let (reads, writes) = self.shader.buffers();
        let entries: Vec<_> = (0..=reads + writes).map(|binding| entry(binding, reads, writes)).collect();
        let layout =
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
        let of_pipeline = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let raw = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&of_pipeline),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        Pipeline { id, kernel: self.clone(), raw, layout }
    }
}

fn entry(binding: u32, reads: u32, writes: u32) -> BindGroupLayoutEntry {
    let ty = match binding {
        _ if binding < reads => BufferBindingType::Storage { read_only: true },
        _ if binding < reads + writes => BufferBindingType::Storage { read_only: false },
        _ => BufferBindingType::Uniform,
    };
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
