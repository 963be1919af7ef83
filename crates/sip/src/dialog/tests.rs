use super::*;

fn invite() -> Request {
    let contact = NameAddr::new("sip:alice@192.0.2.1:5060".parse().unwrap());
    let from = NameAddr::new("sip:alice@a.example".parse().unwrap());
    let mut n = 0;
    let request = Request::build(Method::Invite, "sip:bob@b.example".parse().unwrap());
    request.from(from).contact(contact).cseq(7).finish(&mut || {
        n += 1;
        n
    })
}

fn answer(request: &Request, status: u16, tag: &str) -> Response {
    Response::to(request, status).with_to_tag(tag).with(HeaderName::Contact, "<sip:bob@192.0.2.2:5062>")
}

fn routed() -> (Request, Response) {
    let request = invite()
        .with(HeaderName::RecordRoute, "<sip:p2;lr>, <sip:p1;lr>")
        .with(HeaderName::Via, "SIP/2.0/UDP h");
    let response = answer(&request, 200, "bt");
    (request, response)
}

#[test]
fn both_sides_agree_on_the_dialog() {
    let (request, response) = routed();
    let mut uas = Dialog::uas(&request, &response).unwrap();
    let mut uac = Dialog::uac(&request, &response).unwrap();
    let bye = uac.request(Method::Bye);
    assert_eq!(bye.uri.to_string(), "sip:bob@192.0.2.2:5062");
    assert_eq!(bye.headers.cseq().unwrap().number, 8);
    assert_eq!(DialogId::of_request(&bye).as_ref(), Some(uas.id()));
    assert_eq!(uas.receive(&bye), Ok(()));
    let from_uas = uas.request(Method::Info);
    assert_eq!(uac.receive(&from_uas), Ok(()));
    assert_eq!(from_uas.uri.to_string(), "sip:alice@192.0.2.1:5060");
}

#[test]
fn the_route_set_is_reversed_for_the_caller_only() {
    let (request, response) = routed();
    let routes =
        |r: Request| r.headers.routes().unwrap().iter().map(|r| r.uri.host.to_string()).collect::<Vec<_>>();
    assert_eq!(routes(Dialog::uas(&request, &response).unwrap().request(Method::Bye)), ["p2", "p1"]);
    assert_eq!(routes(Dialog::uac(&request, &response).unwrap().request(Method::Bye)), ["p1", "p2"]);
}

// RFC 3261 §12.2.1.1
#[test]
fn a_strict_router_becomes_the_request_uri() {
    let request = invite().with(HeaderName::RecordRoute, "<sip:strict.example>, <sip:next;lr>");
    let response = answer(&request, 200, "bt");
    let bye = Dialog::uas(&request, &response).unwrap().request(Method::Bye);
    assert_eq!(bye.uri.to_string(), "sip:strict.example");
    let routes: Vec<_> = bye.headers.lines(HeaderName::Route).map(|r| r.to_string()).collect();
    assert_eq!(routes, ["<sip:next;lr>", "<sip:alice@192.0.2.1:5060>"]);
}

#[test]
fn requests_out_of_order_are_refused_with_500() {
    let (request, response) = routed();
    let mut uas = Dialog::uas(&request, &response).unwrap();
    let mut uac = Dialog::uac(&request, &response).unwrap();
    let first = uac.request(Method::Info);
    let second = uac.request(Method::Info);
    uas.receive(&second).unwrap();
    assert_eq!(uas.receive(&first).unwrap_err().status(), Some(500));
    let mut foreign = uac.request(Method::Bye);
    foreign.headers.set(HeaderName::CallId, "other");
    assert_eq!(uas.receive(&foreign).unwrap_err().status(), Some(481));
}

#[test]
fn a_target_refresh_moves_the_target_and_info_does_not() {
    let (request, response) = routed();
    let mut uas = Dialog::uas(&request, &response).unwrap();
    let mut uac = Dialog::uac(&request, &response).unwrap();
    uac.set_local_contact(NameAddr::new("sip:alice@192.0.2.9".parse().unwrap()));
    uas.receive(&uac.request(Method::Info)).unwrap();
    assert_eq!(uas.remote_target().host, "192.0.2.1");
    uas.receive(&uac.request(Method::Invite)).unwrap();
    assert_eq!(uas.remote_target().host, "192.0.2.9");
}

#[test]
fn each_fork_is_a_dialog_and_a_200_confirms_its_own() {
    let request = invite();
    let mut forks = Forks::new();
    assert!(forks.receive(&request, &Response::to(&request, 100)).unwrap().is_none());
    assert!(forks.receive(&request, &Response::to(&request, 180)).unwrap().is_none(), "no tag");
    forks.receive(&request, &answer(&request, 180, "one")).unwrap().unwrap();
    forks.receive(&request, &answer(&request, 183, "two")).unwrap().unwrap();
    forks.receive(&request, &answer(&request, 180, "two")).unwrap().unwrap();
    let won = forks.receive(&request, &answer(&request, 200, "two")).unwrap().unwrap();
    let ack = won.ack(7);
    assert_eq!((ack.headers.to_tag().unwrap().as_str(), ack.headers.cseq().unwrap().number), ("two", 7));
    let states: Vec<_> = forks.iter().map(Dialog::state).collect();
    assert_eq!(states, [DialogState::Early, DialogState::Confirmed]);
    assert!(forks.receive(&request, &answer(&request, 486, "one")).unwrap().is_none());
}

#[test]
fn forks_are_limited() {
    let request = invite();
    let mut forks = Forks::new();
    for n in 0..MAX_FORKS {
        assert!(forks.receive(&request, &answer(&request, 180, &n.to_string())).unwrap().is_some());
    }
    assert!(forks.receive(&request, &answer(&request, 180, "more")).unwrap().is_none());
}

#[test]
fn an_invite_without_contact_is_a_bad_request() {
    let mut request = invite();
    request.headers.remove(HeaderName::Contact);
    let response = answer(&invite(), 200, "bt");
    assert_eq!(Dialog::uas(&request, &response).unwrap_err().status(), Some(400));
}

// RFC 3311 §5.1, RFC 3262 §4
#[test]
fn both_sides_send_requests_while_the_dialog_is_early() {
    let request = invite();
    let ringing = answer(&request, 183, "bt");
    let mut uas = Dialog::uas(&request, &ringing).unwrap();
    let mut forks = Forks::new();
    let uac = forks.receive(&request, &ringing).unwrap().unwrap();
    let prack = uac.request(Method::Prack);
    assert_eq!(uas.receive(&prack), Ok(()));
    let mut update = uas.request(Method::Update);
    update.headers.set(HeaderName::Contact, "<sip:bob@192.0.2.77>");
    assert_eq!(uac.receive(&update), Ok(()));
    assert_eq!((uac.state(), uac.remote_target().host.as_str()), (DialogState::Early, "192.0.2.77"));
    let mut update = uac.request(Method::Update);
    update.headers.set(HeaderName::Contact, "<sip:alice@192.0.2.66>");
    uas.receive(&update).unwrap();
    assert_eq!(uas.remote_target().host, "192.0.2.66");
    let mut ok = Response::to(&update, 200);
    ok.headers.push(HeaderName::Contact, "<sip:bob@192.0.2.78>");
    uac.receive_response(&ok).unwrap();
    assert_eq!((uac.state(), uac.remote_target().host.as_str()), (DialogState::Early, "192.0.2.78"));
    assert_eq!(uas.state(), DialogState::Early);
}

fn subscribe() -> Request {
    let me = NameAddr::new("sip:alice@192.0.2.1:5060".parse().unwrap());
    Request::build(Method::Subscribe, "sip:bob@b.example".parse().unwrap())
        .from(NameAddr::new("sip:alice@a.example".parse().unwrap()))
        .contact(me)
        .finish(&mut || 4)
}

// RFC 6665 §4.4.1
#[test]
fn a_notify_that_overtakes_the_answer_makes_the_dialog() {
    let subscribe = subscribe();
    let accepted = answer(&subscribe, 200, "nt");
    let mut notifier = Dialog::uas(&subscribe, &accepted).unwrap();
    let notify = notifier.request(Method::Notify).with(HeaderName::RecordRoute, "<sip:p1;lr>, <sip:p2;lr>");
    let mut subscriber = Dialog::of_notify(&subscribe, &notify).unwrap();
    assert_eq!(subscriber.id(), &DialogId::of_response(&accepted).unwrap());
    assert_eq!(subscriber.next_hop().host, "p1", "as a server that receives them, not reversed");
    let refresh = subscriber.request(Method::Subscribe);
    assert_eq!(refresh.headers.cseq().unwrap().number, 2);
    assert_eq!(notifier.receive(&refresh), Ok(()));
    assert_eq!(subscriber.receive(&notifier.request(Method::Notify)), Ok(()));
}

#[test]
fn a_notify_for_somebody_else_makes_no_dialog() {
    let subscribe = subscribe();
    let mut notify = Dialog::uas(&subscribe, &answer(&subscribe, 200, "nt")).unwrap().request(Method::Notify);
    notify.headers.set(HeaderName::CallId, "other");
    assert_eq!(Dialog::of_notify(&subscribe, &notify).unwrap_err().status(), Some(481));
}
