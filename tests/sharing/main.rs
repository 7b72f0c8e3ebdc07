//! Noise that images have in common: between seeds (`blend`), up to a step (`branch`), and from a step on (a resumed run); and
//! images that have none: one seed per image (`seeds`), and some of a batch (`first`).

mod apart;
mod classes;
mod refused;

use serde_json::{Map, Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler};
use unnoise::error::Error;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

const IMAGE: Shape = Shape { batch: 1, channels: 1, height: 6, width: 5 };
const STEPS: usize = 5;

/// Every sampler that adds noise, and one that does not; with both generators.
fn samplers() -> Vec<Value> {
    let samplers = [
        json!({ "sampler": "ddpm", "variance": "large" }),
        json!({ "sampler": "ddim", "eta": 0.7, "trajectory": "trailing" }),
        json!({ "sampler": "ddim" }),
        json!({ "sampler": "analytic-ddpm" }),
        json!({ "sampler": "analytic-ddim", "eta": 1 }),
        json!({ "sampler": "vdm" }),
    ];
    let with_rng = |rng: &'static str| samplers.clone().into_iter().map(move |o| with(&o, &json!({ "rng": rng })));
    with_rng("philox").chain(with_rng("torch")).collect()
}

/// The options of both objects.
fn with(options: &Value, more: &Value) -> Value {
    Value::Object(object(options).into_iter().chain(object(more)).collect())
}

fn object(options: &Value) -> Map<String, Value> {
    options.as_object().expect("options are objects").clone()
}

fn scheduler() -> Scheduler {
    Scheduler::from_json(&json!({})).expect("the defaults")
}

fn plan(options: &SampleOptions, scheduler: &Scheduler) -> Result<Plan, Error> {
    let table: Vec<f64> = (0..=1000).map(|n| f64::from(n) / 1000.0).collect();
    let table = MeanSqEps::from_json(&json!(table), 1000).expect("a rising table");
    Plan::new(&options.plan, scheduler, Some(&table))
}

fn start(options: &Value, batch: usize, noise: Option<Vec<f32>>) -> Result<Run, Error> {
    let scheduler = scheduler();
    let options = SampleOptions::from_json(&object(&with(&json!({ "steps": STEPS }), options)), &scheduler)?;
    let shape = Shape { batch, ..IMAGE };
    options.fit_denoiser(shape)?;
    Run::new(&options, plan(&options, &scheduler)?, shape, noise)
}

/// Takes steps with a denoiser that mixes no two images, and gives the state after each.
fn steps(run: &mut Run, count: usize) -> Vec<Vec<f32>> {
    let one = |run: &mut Run| {
        let t = run.pending().expect("a step").t as f32;
        let prediction: Vec<f32> = run.x_t().iter().map(|x| 0.8 * x - 1e-4 * t).collect();
        run.advance(&prediction).expect("a finite prediction").x_s
    };
    (0..count).map(|_| one(run)).collect()
}

fn result(options: &Value, batch: usize) -> Vec<f32> {
    let mut run = start(options, batch, None).unwrap_or_else(|error| panic!("{options}: {error}"));
    steps(&mut run, STEPS).pop().expect("at least one step")
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn the_ends_of_a_blend_are_the_images_of_its_seeds_to_the_last_bit() {
    let at = [json!([0.0, 0.4, 1.0]), json!([[0, 0], [1, 0], [0.2, 0.9], [0, 1], [1, 1]])];
    for options in samplers() {
        let alone = |seed: u64| bits(&result(&with(&options, &json!({ "seed": seed })), 1));
        let blended = |seeds: Value, at: &Value| {
            let blend = json!({ "seed": 7, "blend": { "seeds": seeds, "at": at } });
            let x = result(&with(&options, &blend), at.as_array().map_or(0, Vec::len));
            x.chunks_exact(IMAGE.image_len()).map(bits).collect::<Vec<_>>()
        };

        let two = blended(json!([11]), &at[0]);
        assert_eq!([&two[0], &two[2]], [&alone(7), &alone(11)], "{options}");
        assert!(two[1] != two[0] && two[1] != two[2], "{options}");

        let four = blended(json!([11, 3, 5]), &at[1]);
        let corners = [&four[0], &four[1], &four[3], &four[4]];
        assert_eq!(corners, [&alone(7), &alone(11), &alone(3), &alone(5)], "{options}");
    }
}

#[test]
fn an_image_of_a_blend_does_not_depend_on_the_others() {
    for options in samplers() {
        let blended = |at: Value| {
            let count = at.as_array().map_or(0, Vec::len);
            result(&with(&options, &json!({ "seed": 1, "blend": { "seeds": [2], "at": at } })), count)
        };
        let three = blended(json!([0.1, 0.6, 0.3]));
        assert_eq!(three[IMAGE.image_len()..2 * IMAGE.image_len()], blended(json!([0.6]))[..], "{options}");
    }
}

#[test]
fn the_noise_of_a_blend_keeps_its_variance_at_every_step() {
    let shape = Shape { batch: 4, channels: 1, height: 100, width: 100 };
    for rng in ["philox", "torch"] {
        let options = json!({
            "sampler": "ddim", "eta": 1, "steps": 3, "clip": "none", "seed": 7, "rng": rng,
            "blend": { "seeds": [11, 3, 5], "at": [[0.5, 0], [0.5, 0.5], [0.1, 0.7], [0, 0.5]] },
        });
        let scheduler = scheduler();
        let options = SampleOptions::from_json(&object(&options), &scheduler).expect("valid");
        let plan = plan(&options, &scheduler).expect("a plan");
        let c_z = plan.steps[0].coeffs.c_z;
        let mut run = Run::new(&options, plan, shape, None).expect("a run");
        let x_t: Vec<f32> = run.x_t().to_vec();
        // A denoiser that says eps = 0 leaves x0_hat = x_t / sqrt(alpha_bar): the step's noise is what is left over.
        let planned = run.pending().expect("a step");
        let zero = vec![0.0; shape.len()];
        let x_s = run.advance(&zero).expect("finite").x_s;
        let scale = planned.coeffs.c_x0 / planned.level.sqrt_alpha_bar() + planned.coeffs.c_xt;
        let noise_of = |(x_s, x_t): (&f32, &f32)| (f64::from(*x_s) - scale * f64::from(*x_t)) / c_z;
        let z: Vec<f32> = x_s.iter().zip(&x_t).map(|pair| noise_of(pair) as f32).collect();

        for image in x_t.chunks_exact(10_000).chain(z.chunks_exact(10_000)) {
            let variance = image.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 10_000.0;
            // Five standard errors of 10,000 squares; the straight line would have 0.5 half way.
            assert!((variance - 1.0).abs() < 0.07, "{rng}: {variance}");
        }
    }
}

#[test]
fn images_that_branch_are_one_until_they_part() {
    let images = |x: &[f32]| x.chunks_exact(IMAGE.image_len()).map(<[f32]>::to_vec).collect::<Vec<_>>();
    for branch in 0..=STEPS {
        let options = json!({ "sampler": "ddpm", "seed": 4, "branch": branch });
        let mut run = start(&options, 3, None).expect("a run");
        let first = images(run.x_t());
        assert!(first.iter().all(|image| *image == first[0]), "x_T is one");
        for (done, x_s) in (1..).zip(steps(&mut run, STEPS)) {
            let [a, b, c] = images(&x_s).try_into().expect("three images");
            // The last step adds no noise, so what parts there is not parted any more.
            let parted = done > branch && branch < STEPS - 1;
            assert_eq!(a != b && a != c && b != c, parted, "{branch} in common, {done} done");
        }
        let plain = result(&json!({ "sampler": "ddpm", "seed": 4 }), 1);
        assert_eq!(bits(&run.x_t()[..IMAGE.image_len()]), bits(&plain), "the first image is that of the plain run");
    }
}

#[test]
fn a_resumed_run_goes_on_to_the_last_bit() {
    let blend = |at: Value, seeds: Value| json!({ "blend": { "seeds": seeds, "at": at } });
    let shared = [
        (2, json!({})),
        (2, blend(json!([0.3, 0.8]), json!([9]))),
        (1, blend(json!([[0.3, 0.8]]), json!([9, 8, 7]))),
        (2, json!({ "seeds": [4, 9] })),
        (2, json!({ "first": [1, 4] })),
    ];
    let branch = json!({ "sampler": "ddpm", "branch": 2 });
    let with_sharing = samplers().into_iter().flat_map(|o| shared.clone().map(|(batch, s)| (batch, with(&o, &s))));
    for (batch, options) in with_sharing.chain([(3, branch)]) {
        let given = vec![0.25; batch * IMAGE.image_len()];
        let noises = if options.get("blend").is_some() { vec![None] } else { vec![None, Some(given)] };
        for noise in noises {
            let mut run = start(&options, batch, noise.clone()).expect("a run");
            let x_t = run.x_t().to_vec();
            let whole = steps(&mut run, STEPS);
            assert_eq!(run.initial().expect("memory"), x_t, "{options} after its last step");
            for index in 1..STEPS {
                let mut run = start(&options, batch, noise.clone()).expect("a run");
                run.resume(index, whole[index - 1].clone()).expect("a step of the run");
                assert_eq!(steps(&mut run, STEPS - index), whole[index..], "{options} from step {index}");
            }
        }
    }
}
