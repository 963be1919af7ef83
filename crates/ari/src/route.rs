//! The 109 operations of ARI as data, and finding the one that a request asks for.

use core::fmt;

/// An HTTP method that ARI knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Method {
    /// All, in the order in which the header `Allow` names them.
    pub const ALL: [Method; 4] = [Method::Get, Method::Post, Method::Put, Method::Delete];

    /// Reads a method; they are case-sensitive (RFC 9110 §9.1).
    pub fn parse(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What is asked for.
    pub operation: Operation,
    /// HTTP method.
    pub method: Method,
    /// Path below `/ari`, with `{name}` for a segment that is a value.
    pub path: &'static str,
    /// Asterisk's name for the operation; unique within its resource.
    pub nickname: &'static str,
    /// Whether it does something; otherwise the answer is 501.
    pub implemented: bool,
}

macro_rules! operations {
    (@flag done) => { true };
    (@flag todo) => { false };
    ($( $operation:ident = $method:ident $path:literal $nickname:literal $flag:ident; )*) => {
        /// An operation of ARI: the resource and Asterisk's name for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(
                #[doc = concat!("`", $path, "`: ", $nickname)]
                $operation,
            )*
        }

        /// All operations.
        pub const ROUTES: &[Route] = &[
            $( Route {
                operation: Operation::$operation,
                method: Method::$method,
                path: $path,
                nickname: $nickname,
                implemented: operations!(@flag $flag),
            }, )*
        ];
    };
}

operations! {
    AsteriskGetObject = Get "/asterisk/config/dynamic/{configClass}/{objectType}/{id}" "getObject" todo;
    AsteriskUpdateObject = Put "/asterisk/config/dynamic/{configClass}/{objectType}/{id}" "updateObject" todo;
    AsteriskDeleteObject = Delete "/asterisk/config/dynamic/{configClass}/{objectType}/{id}" "deleteObject" todo;
    AsteriskGetInfo = Get "/asterisk/info" "getInfo" done;
    AsteriskPing = Get "/asterisk/ping" "ping" done;
    AsteriskListModules = Get "/asterisk/modules" "listModules" todo;
    AsteriskGetModule = Get "/asterisk/modules/{moduleName}" "getModule" todo;
    AsteriskLoadModule = Post "/asterisk/modules/{moduleName}" "loadModule" todo;
    AsteriskUnloadModule = Delete "/asterisk/modules/{moduleName}" "unloadModule" todo;
    AsteriskReloadModule = Put "/asterisk/modules/{moduleName}" "reloadModule" todo;
    AsteriskListLogChannels = Get "/asterisk/logging" "listLogChannels" todo;
    AsteriskAddLog = Post "/asterisk/logging/{logChannelName}" "addLog" todo;
    AsteriskDeleteLog = Delete "/asterisk/logging/{logChannelName}" "deleteLog" todo;
    AsteriskRotateLog = Put "/asterisk/logging/{logChannelName}/rotate" "rotateLog" todo;
    AsteriskGetGlobalVar = Get "/asterisk/variable" "getGlobalVar" done;
    AsteriskSetGlobalVar = Post "/asterisk/variable" "setGlobalVar" done;

    EndpointsList = Get "/endpoints" "list" done;
    EndpointsSendMessage = Put "/endpoints/sendMessage" "sendMessage" done;
    EndpointsRefer = Post "/endpoints/refer" "refer" todo;
    EndpointsListByTech = Get "/endpoints/{tech}" "listByTech" done;
    EndpointsGet = Get "/endpoints/{tech}/{resource}" "get" done;
    EndpointsSendMessageToEndpoint = Put "/endpoints/{tech}/{resource}/sendMessage" "sendMessageToEndpoint" done;
    EndpointsReferToEndpoint = Post "/endpoints/{tech}/{resource}/refer" "referToEndpoint" todo;

    ChannelsList = Get "/channels" "list" done;
    ChannelsOriginate = Post "/channels" "originate" done;
    ChannelsCreate = Post "/channels/create" "create" done;
    ChannelsGet = Get "/channels/{channelId}" "get" done;
    ChannelsOriginateWithId = Post "/channels/{channelId}" "originateWithId" done;
    ChannelsHangup = Delete "/channels/{channelId}" "hangup" done;
    ChannelsContinueInDialplan = Post "/channels/{channelId}/continue" "continueInDialplan" done;
    ChannelsMove = Post "/channels/{channelId}/move" "move" done;
    ChannelsRedirect = Post "/channels/{channelId}/redirect" "redirect" done;
    ChannelsAnswer = Post "/channels/{channelId}/answer" "answer" done;
    ChannelsRing = Post "/channels/{channelId}/ring" "ring" done;
    ChannelsRingStop = Delete "/channels/{channelId}/ring" "ringStop" done;
    ChannelsProgress = Post "/channels/{channelId}/progress" "progress" done;
    ChannelsSendDtmf = Post "/channels/{channelId}/dtmf" "sendDTMF" done;
    ChannelsMute = Post "/channels/{channelId}/mute" "mute" done;
    ChannelsUnmute = Delete "/channels/{channelId}/mute" "unmute" done;
    ChannelsHold = Post "/channels/{channelId}/hold" "hold" done;
    ChannelsUnhold = Delete "/channels/{channelId}/hold" "unhold" done;
    ChannelsStartMoh = Post "/channels/{channelId}/moh" "startMoh" done;
    ChannelsStopMoh = Delete "/channels/{channelId}/moh" "stopMoh" done;
    ChannelsStartSilence = Post "/channels/{channelId}/silence" "startSilence" done;
    ChannelsStopSilence = Delete "/channels/{channelId}/silence" "stopSilence" done;
    ChannelsPlay = Post "/channels/{channelId}/play" "play" done;
    ChannelsPlayWithId = Post "/channels/{channelId}/play/{playbackId}" "playWithId" done;
    ChannelsRecord = Post "/channels/{channelId}/record" "record" done;
    ChannelsGetChannelVar = Get "/channels/{channelId}/variable" "getChannelVar" done;
    ChannelsSetChannelVar = Post "/channels/{channelId}/variable" "setChannelVar" done;
    ChannelsGetChannelVars = Get "/channels/{channelId}/variables" "getChannelVars" done;
    ChannelsSetChannelVars = Post "/channels/{channelId}/variables" "setChannelVars" done;
    ChannelsSnoopChannel = Post "/channels/{channelId}/snoop" "snoopChannel" todo;
    ChannelsSnoopChannelWithId = Post "/channels/{channelId}/snoop/{snoopId}" "snoopChannelWithId" todo;
    ChannelsDial = Post "/channels/{channelId}/dial" "dial" done;
    ChannelsRtpStatistics = Get "/channels/{channelId}/rtp_statistics" "rtpstatistics" done;
    ChannelsExternalMedia = Post "/channels/externalMedia" "externalMedia" todo;
    ChannelsTransferProgress = Post "/channels/{channelId}/transfer_progress" "transfer_progress" todo;

    BridgesList = Get "/bridges" "list" done;
    BridgesCreate = Post "/bridges" "create" done;
    BridgesCreateWithId = Post "/bridges/{bridgeId}" "createWithId" done;
    BridgesGet = Get "/bridges/{bridgeId}" "get" done;
    BridgesDestroy = Delete "/bridges/{bridgeId}" "destroy" done;
    BridgesGetBridgeVar = Get "/bridges/{bridgeId}/variable" "getBridgeVar" done;
    BridgesSetBridgeVar = Post "/bridges/{bridgeId}/variable" "setBridgeVar" done;
    BridgesGetBridgeVars = Get "/bridges/{bridgeId}/variables" "getBridgeVars" done;
    BridgesSetBridgeVars = Post "/bridges/{bridgeId}/variables" "setBridgeVars" done;
    BridgesAddChannel = Post "/bridges/{bridgeId}/addChannel" "addChannel" done;
    BridgesRemoveChannel = Post "/bridges/{bridgeId}/removeChannel" "removeChannel" done;
    BridgesSetVideoSource = Post "/bridges/{bridgeId}/videoSource/{channelId}" "setVideoSource" todo;
    BridgesClearVideoSource = Delete "/bridges/{bridgeId}/videoSource" "clearVideoSource" todo;
    BridgesStartMoh = Post "/bridges/{bridgeId}/moh" "startMoh" done;
    BridgesStopMoh = Delete "/bridges/{bridgeId}/moh" "stopMoh" done;
    BridgesPlay = Post "/bridges/{bridgeId}/play" "play" done;
    BridgesPlayWithId = Post "/bridges/{bridgeId}/play/{playbackId}" "playWithId" done;
    BridgesRecord = Post "/bridges/{bridgeId}/record" "record" done;

    RecordingsListStored = Get "/recordings/stored" "listStored" done;
    RecordingsGetStored = Get "/recordings/stored/{recordingName}" "getStored" done;
    RecordingsDeleteStored = Delete "/recordings/stored/{recordingName}" "deleteStored" done;
    RecordingsGetStoredFile = Get "/recordings/stored/{recordingName}/file" "getStoredFile" done;
    RecordingsCopyStored = Post "/recordings/stored/{recordingName}/copy" "copyStored" done;
    RecordingsGetLive = Get "/recordings/live/{recordingName}" "getLive" done;
    RecordingsCancel = Delete "/recordings/live/{recordingName}" "cancel" done;
    RecordingsStop = Post "/recordings/live/{recordingName}/stop" "stop" done;
    RecordingsPause = Post "/recordings/live/{recordingName}/pause" "pause" done;
    RecordingsUnpause = Delete "/recordings/live/{recordingName}/pause" "unpause" done;
    RecordingsMute = Post "/recordings/live/{recordingName}/mute" "mute" done;
    RecordingsUnmute = Delete "/recordings/live/{recordingName}/mute" "unmute" done;

    SoundsList = Get "/sounds" "list" todo;
    SoundsGet = Get "/sounds/{soundId}" "get" todo;

    PlaybacksGet = Get "/playbacks/{playbackId}" "get" done;
    PlaybacksStop = Delete "/playbacks/{playbackId}" "stop" done;
    PlaybacksControl = Post "/playbacks/{playbackId}/control" "control" done;

    DeviceStatesList = Get "/deviceStates" "list" done;
    DeviceStatesGet = Get "/deviceStates/{deviceName}" "get" done;
    DeviceStatesUpdate = Put "/deviceStates/{deviceName}" "update" done;
    DeviceStatesDelete = Delete "/deviceStates/{deviceName}" "delete" done;

    MailboxesList = Get "/mailboxes" "list" done;
    MailboxesGet = Get "/mailboxes/{mailboxName}" "get" done;
    MailboxesUpdate = Put "/mailboxes/{mailboxName}" "update" done;
    MailboxesDelete = Delete "/mailboxes/{mailboxName}" "delete" done;

    EventsEventWebsocket = Get "/events" "eventWebsocket" done;
    EventsUserEvent = Post "/events/user/{eventName}" "userEvent" done;
    EventsClaimChannel = Post "/events/claim" "claimChannel" todo;

    ApplicationsList = Get "/applications" "list" done;
    ApplicationsGet = Get "/applications/{applicationName}" "get" done;
    ApplicationsSubscribe = Post "/applications/{applicationName}/subscription" "subscribe" done;
    ApplicationsUnsubscribe = Delete "/applications/{applicationName}/subscription" "unsubscribe" done;
    ApplicationsFilter = Put "/applications/{applicationName}/eventFilter" "filter" done;
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    routes: Vec<&'static Route>,
    values: Vec<(&'static str, String)>,
}

impl Resource {
    /// The resource at these segments, which are decoded already; `None` where no route leads there or through it. A
    /// literal segment beats a value: `/channels/create` is never a channel's id.
    pub fn find(segments: &[String]) -> Option<Resource> {
        let mut values = Vec::new();
        let mut candidates: Vec<(&Route, Vec<&str>)> =
            ROUTES.iter().map(|route| (route, route.path.split('/').skip(1).collect())).collect();
        for (depth, segment) in segments.iter().enumerate() {
            candidates.retain(|(_, path)| path.get(depth).is_some());
            if candidates.iter().any(|(_, path)| path[depth] == segment) {
                candidates.retain(|(_, path)| path[depth] == segment);
                continue;
            }
            candidates.retain(|(_, path)| path[depth].starts_with('{'));
            let (_, path) = candidates.first()?;
            values.push((path[depth].trim_matches(['{', '}']), segment.clone()));
        }
        let routes =
            candidates.iter().filter(|(_, path)| path.len() == segments.len()).map(|(route, _)| *route);
        Some(Resource { routes: routes.collect(), values })
    }

    /// The operation that the method asks for.
    pub fn operation(&self, method: Method) -> Option<&'static Route> {
        self.routes.iter().find(|route| route.method == method).copied()
    }

    /// The header `Allow`, which for a path that only leads further is `OPTIONS`.
    pub fn allow(&self) -> String {
        let mut allow = "OPTIONS".to_owned();
        for method in Method::ALL {
            if self.operation(method).is_some() {
                allow.push(',');
                allow.push_str(method.name());
            }
        }
        allow
    }

    /// The values in the path, by the name that the route gives them.
    pub fn into_values(self) -> Vec<(&'static str, String)> {
        self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str) -> Option<Resource> {
        let segments: Vec<String> =
            path.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        Resource::find(&segments)
    }

    fn operation(method: Method, path: &str) -> Option<Operation> {
        find(path)?.operation(method).map(|route| route.operation)
    }

    #[test]
    fn the_table_is_complete_and_without_doubles() {
        assert_eq!(ROUTES.len(), 109);
        for (i, route) in ROUTES.iter().enumerate() {
            assert!(route.path.starts_with('/') && !route.path.ends_with('/'), "{}", route.path);
            assert!(ROUTES[..i].iter().all(|other| (other.method, other.path) != (route.method, route.path)));
        }
    }

    #[test]
    fn every_route_is_found_with_its_values() {
        for route in ROUTES {
            let path = route.path.replace('{', "value-of-").replace('}', "");
            let resource = find(&path).expect("a resource");
            assert_eq!(resource.operation(route.method), Some(route), "{}", route.path);
            let values = resource.into_values();
            assert_eq!(values.len(), route.path.matches('{').count());
            assert!(values.iter().all(|(name, value)| *value == format!("value-of-{name}")));
        }
    }

    #[test]
    fn literal_segments_beat_values() {
        assert_eq!(operation(Method::Post, "/channels/create"), Some(Operation::ChannelsCreate));
        assert_eq!(operation(Method::Post, "/channels/1"), Some(Operation::ChannelsOriginateWithId));
        assert_eq!(operation(Method::Get, "/channels/create"), None);
        assert_eq!(find("/channels/create").map(|found| found.allow()), Some("OPTIONS,POST".to_owned()));
        assert_eq!(operation(Method::Put, "/endpoints/sendMessage"), Some(Operation::EndpointsSendMessage));
        assert_eq!(operation(Method::Get, "/endpoints/PJSIP"), Some(Operation::EndpointsListByTech));
    }

    #[test]
    fn a_path_on_the_way_is_there_but_allows_nothing() {
        for path in ["", "/asterisk", "/asterisk/config/dynamic/res_pjsip", "/recordings", "/events/user"] {
            assert_eq!(find(path).map(|found| found.allow()), Some("OPTIONS".to_owned()), "{path}");
        }
        for path in ["/nothing", "/channels/1/nothing", "/channels/1/play/2/3", "/recordings/old"] {
            assert_eq!(find(path), None, "{path}");
        }
    }

    #[test]
    fn allow_names_methods_in_the_real_order() {
        assert_eq!(
            find("/channels/1").map(|found| found.allow()),
            Some("OPTIONS,GET,POST,DELETE".to_owned())
        );
        assert_eq!(
            find("/asterisk/modules/m").map(|found| found.allow()),
            Some("OPTIONS,GET,POST,PUT,DELETE".to_owned())
        );
    }
}
