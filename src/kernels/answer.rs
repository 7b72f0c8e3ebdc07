//! What a device will say later.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// What another thread, or a later turn of this one, will say.
pub struct Answer<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

impl<T> Answer<T> {
    /// One that is not there yet.
    pub fn new() -> Self {
        Self(Arc::default())
    }

    /// What gives the answer.
    pub fn teller(&self) -> impl FnOnce(T) + use<T> {
        let place = Arc::clone(&self.0);
        move |answer| {
            let mut place = opened(&place);
            place.0 = Some(answer);
            if let Some(waker) = place.1.take() {
                waker.wake();
            }
        }
    }

    /// Waits for it.
    pub async fn wait(&self) -> T {
        poll_fn(|context| {
            let mut place = opened(&self.0);
            match place.0.take() {
                Some(answer) => Poll::Ready(answer),
                None => {
                    place.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// What a lock guards. Where a thread panicked with it, the answer that it may have left is as good as any.
fn opened<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Context;

    use super::*;

    fn poll<T>(answer: &Answer<T>) -> Poll<T> {
        pin!(answer.wait()).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn an_answer_is_there_once_it_is_told() {
        let answer = Answer::new();
        assert_eq!(poll(&answer), Poll::Pending);
        answer.teller()(7);
        assert_eq!(poll(&answer), Poll::Ready(7));
    }

    #[test]
    fn a_thread_that_panics_with_the_lock_does_not_lose_the_answer() {
        let answer = Answer::new();
        let lock = Arc::clone(&answer.0);
        let holder = std::thread::spawn(move || {
            let _held = lock.lock();
            panic!("with the lock held");
        });
        assert!(holder.join().is_err() && answer.0.is_poisoned());
        answer.teller()(7);
        assert_eq!(poll(&answer), Poll::Ready(7));
    }
}
