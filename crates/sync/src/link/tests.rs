use super::*;
use crate::{AcceptedRun, PartStore, Parts, PieceHead, PushReply, Run, shorter_piece};
use proptest::prelude::*;

fn partial(total: u64, offset: u64, bytes: &[u8]) -> Vec<u8> {
    encode(&Response::Partial(Part {
        id: [7; 32].into(),
        total,
        offset,
        bytes: bytes.to_vec().into(),
    }))
}

proptest! {
    #[test]
    fn what_came_of_a_part_before_the_cut_is_a_shorter_part(bytes in prop::collection::vec(any::<u8>(), 1..70_000), total in any::<u64>(), offset in any::<u64>(), at in any::<prop::sample::Index>()) {
        let whole = partial(total, offset, &bytes);
        let head = whole.len() - bytes.len();
        let cut = at.index(whole.len());
        let kept = cut.saturating_sub(head);
        let want = (kept > 0).then(|| partial(total, offset, &bytes[..kept]));
        prop_assert_eq!(shorter_part(&whole[..cut]), want);
    }

    #[test]
    fn any_bytes_are_a_part_or_none_and_never_break_anything(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Some(part) = shorter_part(&bytes) {
            prop_assert!(matches!(decode::<Response>(&part), Some(Response::Partial(_))));
        }
    }
}

#[test]
fn a_large_answer_comes_through_a_link_that_is_cut_every_few_bytes() {
    let answer = encode(&Response::Rows(crate::RowsReply {
        village: "18.09.01.2001".into(),
        after: 0,
        to: 9,
        rows: 9,
        page: (0..40_000u32)
            .map(|n| ((n * n) >> 3) as u8)
            .collect::<Vec<_>>()
            .into(),
    }));
    let id = id_of(&answer);
    let mut link = Link::new();
    link.begin(&Request::Rows(crate::RowsRequest {
        village: "18.09.01.2001".into(),
        after: 0,
    }));
    let mut carried = 0;
    let done = loop {
        let asked: Envelope = decode(&link.next().unwrap()).unwrap();
        let max = asked.max_response as usize;
        let offset = match asked.request {
            Request::FetchPart(part) => part.offset as usize,
            _ => 0,
        };
        let whole = if offset == 0 && answer.len() <= max + 256 {
            answer.clone()
        } else {
            let end = (offset + max).min(answer.len());
            partial(answer.len() as u64, offset as u64, &answer[offset..end])
        };
        // The hash of the test's own answer.
        let whole = match decode::<Response>(&whole) {
            Some(Response::Partial(part)) => encode(&Response::Partial(Part { id, ..part })),
            _ => whole,
        };
        let came = &whole[..whole.len().min(2_800)];
        carried += came.len();
        let result = if came.len() == whole.len() {
            Ok(whole)
        } else {
            shorter_part(came).ok_or(LinkFailure::Cut("cut".into()))
        };
        if let Some(response) = link.answer(result).unwrap() {
            break response;
        }
    };
    assert_eq!(encode(&done), answer);
    assert!(
        carried < answer.len() * 3 / 2,
        "{carried} of {}",
        answer.len()
    );
}

/// A server that knows pieces, behind a link: a connection carries so many bytes up, in as many messages as that takes.
struct Far {
    parts: Parts,
    every: usize,
    left: usize,
    /// What stands before the server passes on only what came whole.
    whole_only: bool,
    carried: usize,
    cuts: usize,
}

impl Far {
    fn new(every: usize, whole_only: bool) -> Self {
        Self {
            parts: Parts::default(),
            every,
            left: every,
            whole_only,
            carried: 0,
            cuts: 0,
        }
    }

    /// The answer to a message; whole requests are answered with how large they are.
    fn call(&mut self, message: &[u8]) -> Result<Vec<u8>, LinkFailure> {
        // Heads of HTTP come on top.
        let (whole, head) = (message.len() + 300, 300);
        let came = whole.min(self.left);
        self.carried += came;
        self.left -= came;
        if came == whole {
            return Ok(self.answer(message));
        }
        self.cuts += 1;
        self.left = self.every;
        let came = &message[..came.saturating_sub(head)];
        if let (false, Some(shorter)) = (self.whole_only, shorter_piece(came)) {
            self.answer(&shorter);
        }
        Err(LinkFailure::Cut("cut".into()))
    }

    fn answer(&mut self, message: &[u8]) -> Vec<u8> {
        let device = lawang_domain::DeviceId(uuid::Uuid::nil());
        let (part, run) = match decode::<Envelope>(message).unwrap().request {
            Request::UploadPart(part) => (part, false),
            Request::Piece(part) => (part, true),
            other => panic!("{other:?}"),
        };
        let have = self.parts.append(device, &part).unwrap();
        if !run || have < part.total {
            return encode(&Response::Upload(UploadState { have }));
        }
        let whole = self.parts.take(device, part.id).unwrap().unwrap();
        let response = match id_of(&whole) == part.id {
            true => Response::Upload(UploadState {
                have: whole.len() as u64,
            }),
            false => Response::Error(RemoteError::new("unknown_part", "")),
        };
        encode(&Response::Push(PushReply {
            verdicts: Vec::new(),
            runs: match response {
                Response::Upload(state) => Some(vec![Run::Accepted(AcceptedRun {
                    first: 0,
                    count: u32::try_from(state.have).unwrap(),
                })]),
                _ => None,
            },
        }))
    }
}

/// A request of so many bytes through the link; whether it arrived as it was.
fn send(bytes: usize, far: &mut Far) -> Result<bool, LinkFailure> {
    let content: Vec<u8> = (0..bytes).map(|n| ((n * n) >> 3) as u8).collect();
    let request = Request::Push(content.into());
    let whole = encode(&request).len();
    let mut link = Link::new();
    link.use_pieces(true);
    link.begin(&request);
    for _ in 0..10_000 {
        let message = link.next().unwrap();
        if let Some(response) = link.answer(far.call(&message))? {
            let Response::Push(reply) = response else {
                panic!("{response:?}");
            };
            let runs = reply.runs.unwrap_or_default();
            return Ok(matches!(&runs[..], [Run::Accepted(run)] if run.count as usize == whole));
        }
    }
    panic!("it never ends");
}

#[test]
fn a_request_arrives_in_few_more_bytes_than_it_has_over_a_link_that_is_cut_every_3_kilobytes() {
    for bytes in [1_100, 17_000, 400_000] {
        let mut far = Far::new(3_000, false);
        assert_eq!(send(bytes, &mut far), Ok(true), "{bytes}");
        let most = bytes * 4 / 3 + 2_000;
        assert!(far.carried < most, "{} of {bytes}", far.carried);
    }
    let mut far = Far::new(usize::MAX, false);
    assert_eq!(send(400_000, &mut far), Ok(true));
    assert_eq!(far.cuts, 0);
    assert!(far.carried < 400_500, "{}", far.carried);
}

#[test]
fn where_only_whole_messages_are_passed_on_pieces_become_small_enough() {
    let mut far = Far::new(3_000, true);
    assert_eq!(send(17_000, &mut far), Ok(true));
    assert!(far.carried < 80_000, "{}", far.carried);
    // Where nothing gets through at all it ends.
    let mut far = Far::new(700, true);
    assert!(matches!(send(17_000, &mut far), Err(LinkFailure::Cut(_))));
}

#[test]
fn what_the_server_forgot_is_sent_again() {
    let request = Request::Push(vec![5; 9_000].into());
    let mut link = Link::new();
    link.use_pieces(true);
    link.begin(&request);
    let mut far = Far::new(3_000, false);
    let mut sent = 0;
    let done = loop {
        sent += 1;
        if sent == 4 {
            far.parts = Parts::default();
        }
        let message = link.next().unwrap();
        if let Some(response) = link.answer(far.call(&message)).unwrap() {
            break response;
        }
    };
    assert!(matches!(
        done,
        Response::Push(PushReply { runs: Some(_), .. })
    ));
}

#[test]
fn a_request_that_is_forgotten_again_and_again_ends_and_does_not_go_round_for_ever() {
    let mut link = Link::new();
    link.begin(&Request::Push(vec![5; 4 * MAX_PART].into()));
    let mut forgotten = 0;
    let end = loop {
        let message = link.next().unwrap();
        let envelope: Envelope = decode(&message).unwrap();
        let answer = match envelope.request {
            Request::UploadPart(part) => Response::Upload(UploadState {
                have: part.offset + part.bytes.len() as u64,
            }),
            Request::RunUpload(_) => {
                forgotten += 1;
                Response::Error(RemoteError::new("unknown_part", ""))
            }
            other => panic!("{other:?}"),
        };
        match link.answer(Ok(encode(&answer))) {
            Ok(done) => assert_eq!(done, None),
            Err(end) => break end,
        }
    };
    assert!(matches!(end, LinkFailure::Cut(_)));
    assert_eq!(forgotten, MAX_FORGOTTEN + 1);
}

#[test]
fn a_request_in_pieces_whose_answer_is_lost_each_time_ends_and_does_not_go_round_for_ever() {
    let mut link = Link::new();
    link.use_pieces(true);
    link.begin(&Request::Push(vec![5; 9_000].into()));
    let mut far = Far::new(usize::MAX, false);
    let mut carried_out = 0;
    let end = loop {
        let message = link.next().unwrap();
        let head = PieceHead::read(&message).unwrap();
        // What begins anew is cut half-way; what goes on from there arrives, and the answer to it is cut.
        let result = match (head.content, head.offset) {
            (0, _) => Ok(far.answer(&message)),
            (_, 0) => {
                let half = shorter_piece(&message[..message.len() / 2]).unwrap();
                far.answer(&half);
                Err(LinkFailure::Cut("cut".into()))
            }
            (content, offset) => {
                carried_out += u32::from(offset + content as u64 == head.total);
                assert!(carried_out < 100, "it goes round for ever");
                far.answer(&message);
                Err(LinkFailure::Cut("cut".into()))
            }
        };
        match link.answer(result) {
            Ok(done) => assert_eq!(done, None),
            Err(end) => break end,
        }
    };
    assert!(matches!(end, LinkFailure::Cut(_)));
    assert_eq!(carried_out, MAX_FORGOTTEN + 1);
}

#[test]
fn an_upload_of_which_less_is_there_than_before_each_time_ends_and_does_not_go_round_for_ever() {
    let mut link = Link::new();
    link.begin(&Request::Push(vec![5; 4 * MAX_PART].into()));
    let mut begun = 0;
    let end = loop {
        let envelope: Envelope = decode(&link.next().unwrap()).unwrap();
        let Request::UploadPart(part) = envelope.request else {
            panic!("{:?}", envelope.request);
        };
        let have = match part.offset {
            0 => part.bytes.len() as u64,
            _ => 0,
        };
        begun += u32::from(part.offset == 0);
        assert!(begun < 100, "it goes round for ever");
        match link.answer(Ok(encode(&Response::Upload(UploadState { have })))) {
            Ok(done) => assert_eq!(done, None),
            Err(end) => break end,
        }
    };
    assert!(matches!(end, LinkFailure::Cut(_)));
    assert_eq!(begun, MAX_FORGOTTEN + 1);
}

#[test]
fn bytes_that_never_fit_their_hash_end_the_request_and_do_not_go_round_for_ever() {
    let mut link = Link::new();
    link.use_pieces(true);
    link.begin(&Request::Push(vec![5; 9_000].into()));
    let unknown = encode(&Response::Error(RemoteError::new("unknown_part", "")));
    for _ in 0..MAX_ANEW {
        let message = link.next().unwrap();
        assert_eq!(PieceHead::read(&message).unwrap().offset, 0);
        assert_eq!(link.answer(Ok(unknown.clone())), Ok(None));
    }
    link.next().unwrap();
    assert!(matches!(link.answer(Ok(unknown)), Err(LinkFailure::Cut(_))));
}
