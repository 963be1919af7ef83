//! SRTP and SRTCP: octets of anybody open nothing, and what is sealed opens to what it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::srtp::{MAX_MATERIAL, MAX_TRAILER, MasterKey, Opener, Sealer, Suite};

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let suite = Suite::ALL[usize::from(*first) % Suite::ALL.len()];
    let key = MasterKey::new(suite, &[0x5a; MAX_MATERIAL]).expect("there is enough");
    let (mut sealer, mut opener) = (Sealer::new(&key), Opener::new(&key));
    let mut foreign = data.to_vec();
    assert!(opener.open_rtp(&mut foreign).is_err());
    let mut foreign = data.to_vec();
    assert!(opener.open_rtcp(&mut foreign).is_err());
    let sealed = |length: usize| {
        let mut buffer = data.to_vec();
        buffer.resize(length + MAX_TRAILER, 0);
        buffer
    };
    let mut buffer = sealed(data.len());
    if let Ok(length) = sealer.seal_rtp(&mut buffer, data.len()) {
        let length = opener.open_rtp(&mut buffer[..length]).expect("it is ours");
        assert_eq!(buffer[..length], *data);
    }
    let mut buffer = sealed(data.len());
    if let Ok(length) = sealer.seal_rtcp(&mut buffer, data.len()) {
        let length = opener.open_rtcp(&mut buffer[..length]).expect("it is ours");
        assert_eq!(buffer[..length], *data);
    }
});
