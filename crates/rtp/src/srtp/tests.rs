use proptest::prelude::*;

use super::keys::{Block, Protocol, Purpose, derive};
use super::*;

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn master(suite: Suite) -> MasterKey {
    let material: Vec<u8> = (0..MAX_MATERIAL as u8).map(|n| n.wrapping_mul(37) ^ 0x5a).collect();
    MasterKey::new(suite, &material).unwrap()
}

/// The key of RFC 3711 §B.3, which libsrtp's own tests use too.
fn rfc_key(suite: Suite) -> MasterKey {
    MasterKey::new(suite, &octets("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6")).unwrap()
}

fn derived<const N: usize>(master: &MasterKey, purpose: Purpose) -> [u8; N] {
    let mut out = [0; N];
    derive(master, Protocol::Rtp, purpose, &mut out);
    out
}

#[test]
fn session_keys_are_those_of_the_rfcs() {
    let key = rfc_key(Suite::AesCm128Sha1_80);
    assert_eq!(derived::<16>(&key, Purpose::Encryption)[..], octets("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(derived::<14>(&key, Purpose::Salt)[..], octets("30CBBC08863D8C85D49DB34A9AE1"));
    let authentication = octets("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    assert_eq!(derived::<20>(&key, Purpose::Authentication)[..], authentication);
    // RFC 6188 §7.4.
    let material =
        "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2";
    let key = MasterKey::new(Suite::AesCm256Sha1_80, &octets(material)).unwrap();
    let encryption = octets("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
    assert_eq!(derived::<32>(&key, Purpose::Encryption)[..], encryption);
    assert_eq!(derived::<14>(&key, Purpose::Salt)[..], octets("fa31791685ca444a9e07c6c64e93"));
}

#[test]
fn the_keystream_is_that_of_the_rfc() {
    // RFC 3711 §B.2.
    let mut stream = [0; 32];
    let iv: [u8; 16] = octets("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().unwrap();
    Block::new(&octets("2B7E151628AED2A6ABF7158809CF4F3C")).apply(iv, &mut stream);
    assert_eq!(stream[..], octets("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"));
}

#[test]
fn packets_are_sealed_as_libsrtp_seals_them() {
    let mut sealer = Sealer::new(&rfc_key(Suite::AesCm128Sha1_80));
    let mut packet = octets("800f1234decafbadcafebabe abababababababababababababababab");
    packet.resize(28 + MAX_TRAILER, 0);
    let length = sealer.seal_rtp(&mut packet, 28).unwrap();
    let sealed = "800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb";
    assert_eq!(packet[..length], octets(sealed));
    let mut report = octets("81c8000bcafebabe abababababababababababababababab");
    report.resize(24 + MAX_TRAILER, 0);
    let length = sealer.seal_rtcp(&mut report, 24).unwrap();
    let sealed = "81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798";
    assert_eq!(report[..length], octets(sealed));
}

#[test]
fn gcm_is_that_of_the_rfc() {
    // RFC 7714 §16.1.1: session key and salt are given there, not derived.
    let mut salt = [0; 14];
    salt[..12].copy_from_slice(&octets("517569642070726f2071756f"));
    let key = octets("000102030405060708090a0b0c0d0e0f");
    let session = Session::of_keys(Suite::AeadAes128Gcm, &key, &[], salt, 16);
    let mut packet = octets("8040f17b8041f8d35501a0b2");
    packet.extend(b"Gallia est omnis divisa in partes tres");
    let length = packet.len();
    packet.resize(length + 16, 0);
    session.seal_rtp(&mut packet, 12, length, 0x5501_a0b2, 0xf17b).unwrap();
    let sealed = "8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833\
        899d7f27beb16a9152cf765ee4390cce";
    assert_eq!(packet, octets(sealed));
}

/// A packet with one CSRC and an extension.
fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
    let header = crate::Header { marker: false, payload_type: 8, sequence, timestamp: 160, ssrc };
    let extension = crate::packet::Extension { profile: 0xbede, data: &[1, 2, 3, 4] };
    let payload = [sequence as u8; 33];
    let packet = crate::Packet {
        csrc: &[0, 0, 0, 7],
        extension: Some(extension),
        ..crate::Packet::new(header, &payload)
    };
    let mut out = vec![0; packet.encoded_len()];
    packet.write(&mut out).unwrap();
    out
}

fn sealed(sealer: &mut Sealer, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + MAX_TRAILER, 0);
    let length = sealer.seal_rtp(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

#[test]
fn each_suite_opens_what_it_sealed_and_nothing_else() {
    for suite in Suite::ALL {
        let (mut sealer, mut opener) = (Sealer::new(&master(suite)), Opener::new(&master(suite)));
        let plain = packet(9, 77);
        let whole = sealed(&mut sealer, &plain);
        assert_ne!(whole[24..24 + 33], plain[24..], "{suite:?}");
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            assert!(opener.open_rtp(&mut broken).is_err(), "{suite:?}: octet {at} may be changed");
        }
        let mut opened = whole.clone();
        let length = opener.open_rtp(&mut opened).unwrap();
        assert_eq!(opened[..length], plain, "{suite:?}");
        assert_eq!(opener.open_rtp(&mut whole.clone()), Err(Error::Replayed), "{suite:?}");
        let stranger = Suite::ALL.into_iter().find(|other| *other != suite).unwrap();
        assert!(Opener::new(&master(stranger)).open_rtp(&mut whole.clone()).is_err(), "{suite:?}");
    }
}

#[test]
fn reports_are_opened_once() {
    for suite in Suite::ALL {
        let (mut sealer, mut opener) = (Sealer::new(&master(suite)), Opener::new(&master(suite)));
        for _ in 0..3 {
            let plain = octets("81c9000700000001 0102030405060708090a0b0c0d0e0f101112131415161718");
            let mut report = plain.clone();
            report.resize(plain.len() + MAX_TRAILER, 0);
            let length = sealer.seal_rtcp(&mut report, plain.len()).unwrap();
            report.truncate(length);
            let mut broken = report.clone();
            broken[9] ^= 1;
            assert_eq!(opener.open_rtcp(&mut broken), Err(Error::Authentication), "{suite:?}");
            let mut again = report.clone();
            let length = opener.open_rtcp(&mut report).unwrap();
            assert_eq!(report[..length], plain, "{suite:?}");
            assert_eq!(opener.open_rtcp(&mut again), Err(Error::Replayed), "{suite:?}");
        }
    }
}

#[test]
fn the_rollover_count_is_kept_across_loss_and_disorder() {
    let suite = Suite::AesCm128Sha1_32;
    let (mut sealer, mut opener) = (Sealer::new(&master(suite)), Opener::new(&master(suite)));
    let mut sequence = 60_000_u16;
    let mut held = None;
    for n in 0..200_000_u32 {
        let whole = sealed(&mut sealer, &packet(sequence, 5));
        match n % 100 {
            // Lost, in a burst now and then.
            0..3 => {}
            // Held back and delivered after the next one.
            50 => held = Some(whole),
            _ => {
                opener.open_rtp(&mut whole.clone()).unwrap();
                if let Some(mut late) = held.take() {
                    opener.open_rtp(&mut late).unwrap();
                }
            }
        }
        sequence = sequence.wrapping_add(1);
    }
}

#[test]
fn several_sources_have_counts_of_their_own() {
    let suite = Suite::AeadAes256Gcm;
    let mut opener = Opener::new(&master(suite));
    for ssrc in 0..10 {
        let mut sealer = Sealer::new(&master(suite));
        for sequence in 0..5 {
            opener.open_rtp(&mut sealed(&mut sealer, &packet(sequence, ssrc))).unwrap();
        }
    }
}

#[test]
fn without_protection_a_packet_may_come_again() {
    let suite = Suite::AesCm128Sha1_80;
    let whole = sealed(&mut Sealer::new(&master(suite)), &packet(1, 1));
    let mut opener = Opener::new(&master(suite)).without_replay_protection();
    assert!(opener.open_rtp(&mut whole.clone()).is_ok());
    assert!(opener.open_rtp(&mut whole.clone()).is_ok());
}

#[test]
fn a_buffer_without_room_is_refused_and_left_alone() {
    let plain = packet(1, 1);
    let mut buffer = plain.clone();
    let mut sealer = Sealer::new(&master(Suite::AesCm128Sha1_80));
    assert_eq!(sealer.seal_rtp(&mut buffer, plain.len()), Err(Error::NoRoom));
    assert_eq!(buffer, plain);
}

proptest! {
    #[test]
    fn any_octets_are_refused(mut octets in proptest::collection::vec(any::<u8>(), 0..200), suite in 0usize..6) {
        let mut opener = Opener::new(&master(Suite::ALL[suite]));
        prop_assert!(opener.open_rtp(&mut octets).is_err());
        prop_assert!(opener.open_rtcp(&mut octets).is_err());
    }
}
