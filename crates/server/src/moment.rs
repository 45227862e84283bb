//! Moments between two writes to the disk: tests look there at what a kill would leave behind.

#[cfg(test)]
use std::cell::RefCell;

#[cfg(test)]
type Look = Box<dyn FnMut(&'static str)>;

#[cfg(test)]
thread_local! {
    static LOOK: RefCell<Option<Look>> = const { RefCell::new(None) };
}

/// Everything before it is on the disk, nothing after it. Does nothing outside this crate's tests.
#[inline]
pub(crate) fn moment(name: &'static str) {
    #[cfg(test)]
    LOOK.with(|look| {
        // Taken out, so that what looks may come by here itself.
        let taken = look.borrow_mut().take();
        if let Some(mut taken) = taken {
            taken(name);
            *look.borrow_mut() = Some(taken);
        }
    });
    #[cfg(not(test))]
    let _ = name;
}

/// Calls `look` at every moment that `work` on this thread comes by.
#[cfg(test)]
pub(crate) fn at_every_moment<T>(
    look: impl FnMut(&'static str) + 'static,
    work: impl FnOnce() -> T,
) -> T {
    LOOK.with(|place| *place.borrow_mut() = Some(Box::new(look)));
    let done = work();
    LOOK.with(|place| *place.borrow_mut() = None);
    done
}
