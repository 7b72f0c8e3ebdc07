//! What is read of a diffusers folder on disk: whole weights and shards, of safetensors and of PyTorch, with and without a variant.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use unnoise::checkpoint::weights_file::WeightsFile;
use unnoise::checkpoint::{Folder, Scheduler, UNetConfig, known_answer, layout, weights};
use unnoise::kernels::Device;
use unnoise::unet::UNet;

const NAME: &str = "diffusion_pytorch_model";

/// A folder of its own, with the config of a tiny network.
struct Disk {
    path: PathBuf,
}

impl Disk {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("folders-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        fs::write(path.join("config.json"), golden("plain/config.json")).expect("written");
        Self { path }
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path.join(name), content).expect("written");
    }

    fn index(&self, name: &str, files: &[&str]) {
        let map: Value = files.iter().enumerate().map(|(i, file)| (i.to_string(), json!(file))).collect();
        self.put(name, json!({ "weight_map": map }).to_string());
    }

    fn refused(&self) -> String {
        Folder::open(&self.path).expect_err("damaged").to_string()
    }
}

/// The weights that a folder has read: a folder's are in memory.
fn whole(folder: &Folder) -> &[u8] {
    match folder.files().weights {
        WeightsFile::Whole(bytes) => bytes,
        WeightsFile::InParts(_) => panic!("weights that are elsewhere"),
    }
}

fn golden(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/unet_variants").join(name);
    fs::read(path).expect("a golden file")
}

/// The safetensors file `whole` as two: every second tensor in each.
fn halves(whole: &[u8]) -> [Vec<u8>; 2] {
    let length = u64::from_le_bytes(whole[..8].try_into().expect("8 bytes")) as usize;
    let header: Value = serde_json::from_slice(&whole[8..8 + length]).expect("a header");
    let entries: Vec<_> =
        header.as_object().expect("tensors").iter().filter(|(name, _)| *name != "__metadata__").collect();
    [0, 1].map(|half| {
        let (mut map, mut data) = (serde_json::Map::new(), Vec::new());
        for (name, entry) in entries.iter().skip(half).step_by(2) {
            let at = |end: usize| entry["data_offsets"][end].as_u64().expect("an offset") as usize + 8 + length;
            let first = data.len();
            data.extend_from_slice(&whole[at(0)..at(1)]);
            let mut entry = (*entry).clone();
            entry["data_offsets"] = json!([first, data.len()]);
            map.insert((*name).clone(), entry);
        }
        let header = Value::Object(map).to_string();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
    })
}

fn assert_network(folder: &Folder) {
    let files = folder.files();
    let config = UNetConfig::from_json(files.config).expect("a config");
    let network = UNet::load(&config, files.weights, &Device::Cpu).expect("a network");
    assert_eq!(network.num_params(), layout::num_params(&layout::slots(&config)));
}

#[test]
fn shards_become_one_file() {
    let disk = Disk::new("shards");
    let [first, second] = halves(&golden(&format!("plain/{NAME}.safetensors")));
    disk.put("a.safetensors", &first);
    disk.put("b.safetensors", second);
    disk.index(&format!("{NAME}.safetensors.index.json"), &["a.safetensors", "b.safetensors", "a.safetensors"]);
    assert_network(&Folder::open(&disk.path).expect("shards"));

    disk.put("b.safetensors", first);
    let error = disk.refused();
    assert!(error.contains("b.safetensors: has the tensor `"), "{error}");
    disk.put("b.safetensors", "nothing");
    let error = disk.refused();
    assert!(error.contains("b.safetensors: "), "{error}");
    fs::remove_file(disk.path.join("b.safetensors")).expect("it is there");
    assert!(disk.refused().contains("b.safetensors: "));
}

#[test]
fn numbers_that_json_does_not_have_are_read_as_python_writes_them() {
    let disk = Disk::new("python");
    disk.put(&format!("{NAME}.safetensors"), golden(&format!("plain/{NAME}.safetensors")));
    let scheduler = r#"{ "_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "note": "a \\ \"NaN\"", "x": NaN }"#;
    disk.put("scheduler_config.json", scheduler);
    let folder = Folder::open(&disk.path).expect("Python's JSON");
    let read = folder.files().scheduler.expect("a scheduler");
    assert_eq!([&read["lambda_min_clipped"], &read["note"], &read["x"]], ["-Infinity", r#"a \ "NaN""#, "NaN"]);
    Scheduler::from_json(read).expect("a schedule");

    disk.put("scheduler_config.json", r#"{ "beta_start": Infinity }"#);
    let folder = Folder::open(&disk.path).expect("Python's JSON");
    let error = Scheduler::from_json(folder.files().scheduler.expect("a scheduler")).expect_err("no number");
    assert!(error.to_string().contains("beta_start"), "{error}");
    disk.put("scheduler_config.json", "{ Infinite }");
    assert!(disk.refused().contains("scheduler_config.json: "));
}

#[test]
fn an_index_names_files_beside_it() {
    let disk = Disk::new("index");
    for files in [&["../a.safetensors"][..], &["a.txt"], &[], &["C:a.bin"]] {
        disk.index(&format!("{NAME}.safetensors.index.json"), files);
        let error = disk.refused();
        assert!(
            error.ends_with("`weight_map` must name a file of weights beside it for each tensor, at most 100"),
            "{error}"
        );
    }
    disk.put(&format!("{NAME}.safetensors.index.json"), r#"{"weight_map": [1]}"#);
    assert!(disk.refused().contains("`weight_map` must name"));
}

#[test]
fn a_variant_is_taken_where_it_is_asked_for() {
    let disk = Disk::new("variants");
    let plain = golden(&format!("plain/{NAME}.safetensors"));
    disk.put(&format!("{NAME}.safetensors"), &plain);
    let ema = known_answer::formula_weights(&UNetConfig::from_json(&config(&disk)).expect("a config"));
    let [first, second] = halves(&ema);
    disk.put("a.safetensors", first);
    disk.put("b.safetensors", second);
    disk.index(&format!("{NAME}.safetensors.index.ema.json"), &["a.safetensors", "b.safetensors"]);
    assert_eq!(whole(&Folder::open(&disk.path).expect("the plain one")), plain);
    assert_eq!(whole(&Folder::open_variant(&disk.path, "").expect("the plain one")), plain);
    let found = Folder::open_variant(&disk.path, "ema").expect("the averaged one");
    let bias = |file: &[u8]| {
        let tensors = weights::read(file).expect("tensors");
        let tensor = tensors.iter().find(|tensor| tensor.name == "conv_out.bias").expect("every network has it");
        tensor.to_f32().expect("numbers")
    };
    assert_eq!(bias(whole(&found)), bias(&ema));
    assert_ne!(bias(&ema), bias(&plain));
    assert_network(&found);
    let absent = Folder::open_variant(&disk.path, "fp16").expect_err("there is none").to_string();
    assert!(absent.contains(&format!("{NAME}.fp16.safetensors: ")), "{absent}");
}

fn config(disk: &Disk) -> Value {
    serde_json::from_slice(&fs::read(disk.path.join("config.json")).expect("a config")).expect("JSON")
}

#[test]
fn shards_of_pytorch_are_joined_too() {
    let torch = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/torch_files").join(name);
        fs::read(path).expect("a golden file")
    };
    let disk = Disk::new("torch");
    disk.put("a.bin", torch("network.pt"));
    disk.index(&format!("{NAME}.bin.index.json"), &["a.bin"]);
    assert_network(&Folder::open(&disk.path).expect("one shard"));

    // Views and all float formats.
    disk.put("b.bin", torch("archive.pt"));
    disk.index(&format!("{NAME}.bin.index.json"), &["a.bin", "b.bin"]);
    let folder = Folder::open(&disk.path).expect("two shards");
    let joined = weights::read(whole(&folder)).expect("one file");
    let shards = ["network.pt", "archive.pt"].map(torch);
    let stored: Vec<_> = shards.iter().flat_map(|file| weights::read(file).expect("a file")).collect();
    assert_eq!(joined.len(), stored.len());
    for tensor in stored {
        let found = joined.iter().find(|found| found.name == tensor.name).expect("every tensor");
        assert_eq!((&found.shape, found.dtype), (&tensor.shape, tensor.dtype), "{}", tensor.name);
        assert_eq!(found.to_f32(), tensor.to_f32(), "{}", tensor.name);
    }
}
