//! The server's side of the protocol: every call one transaction.

use crate::{
    backup, check, devices,
    error::ServerError,
    findings, forms, glance,
    household::{self, Log, int},
    hub, ingest, pages, photos, photos_down, pull, rules,
    server::Server,
    store::{Tx, params},
};
use lawang_domain::DeviceId;
use lawang_sync::{
    CheckReply, CheckRequest, FindingsPart, FindingsRequest, FormPart, FormRequest, Glance,
    GlanceReply, Hello, HelloReply, HubRequest, HubResponse, PROTOCOL, PhotoBytes, PhotoOffer,
    PhotoPart, PhotoState, PhotoWanted, PullReply, PullRequest, PushReply, Registry, RemoteError,
    RowsReply, RowsRequest, VillageScope,
};

/// A borrowed server that speaks the protocol.
pub(crate) struct Connected<'a>(pub &'a Server);

impl Connected<'_> {
    /// Counts what the store of attachments did not do.
    fn counted(&self, done: crate::error::Result<PhotoState>) -> Result<PhotoState, RemoteError> {
        if matches!(done, Err(ServerError::Attachments { .. })) {
            self.0.metrics.attachment_not_kept();
        }
        Ok(done?)
    }
}

impl Registry for Connected<'_> {
    fn hello(
        &mut self,
        device: DeviceId,
        hello: &Hello,
        now: u64,
    ) -> Result<HelloReply, RemoteError> {
        Ok(greet(self.0, device, hello, now)?)
    }

    fn rows(&mut self, device: DeviceId, request: &RowsRequest) -> Result<RowsReply, RemoteError> {
        Ok(pages::rows(self.0, device, request)?)
    }

    fn push(&mut self, device: DeviceId, batch: &[u8], now: u64) -> Result<PushReply, RemoteError> {
        if self.0.hub().is_some() {
            return Ok(hub::push(self.0, device, batch, now)?);
        }
        Ok(ingest::push(self.0, device, batch, now)?)
    }

    fn pull(&mut self, device: DeviceId, request: &PullRequest) -> Result<PullReply, RemoteError> {
        Ok(pull::pull(self.0, device, request)?)
    }

    fn check(
        &mut self,
        device: DeviceId,
        request: &CheckRequest,
        now: u64,
    ) -> Result<CheckReply, RemoteError> {
        Ok(check::check(self.0, device, request, now)?)
    }

    fn photo_offer(
        &mut self,
        device: DeviceId,
        offer: &PhotoOffer,
    ) -> Result<PhotoState, RemoteError> {
        self.counted(photos::offer(self.0, device, offer))
    }

    fn photo_part(
        &mut self,
        device: DeviceId,
        part: &PhotoPart,
    ) -> Result<PhotoState, RemoteError> {
        self.counted(photos::part(self.0, device, part))
    }

    fn photo_wanted(
        &mut self,
        device: DeviceId,
        request: &PhotoWanted,
    ) -> Result<PhotoBytes, RemoteError> {
        Ok(photos_down::wanted(self.0, device, request)?)
    }

    fn form_part(
        &mut self,
        device: DeviceId,
        request: &FormRequest,
    ) -> Result<FormPart, RemoteError> {
        self.0
            .store
            .read(|tx| devices::find(tx, device).map(|_| ()))?;
        Ok(forms::part(self.0, request)?)
    }

    fn findings_part(
        &mut self,
        device: DeviceId,
        request: &FindingsRequest,
    ) -> Result<FindingsPart, RemoteError> {
        Ok(findings::part(self.0, device, request)?)
    }

    fn hub(
        &mut self,
        device: DeviceId,
        request: HubRequest,
        now: u64,
    ) -> Result<HubResponse, RemoteError> {
        Ok(hub::serve(self.0, device, request, now)?)
    }

    fn glance(
        &mut self,
        device: DeviceId,
        request: &Glance,
        now: u64,
    ) -> Result<GlanceReply, RemoteError> {
        Ok(glance::glance(self.0, device, request, now)?)
    }
}

/// Whether the server has seen more changes of this incarnation than the device made: its database is an old copy.
pub(crate) fn restored(
    tx: &Tx<'_>,
    id: DeviceId,
    incarnation: &[u8; 8],
    made: u64,
) -> Result<bool, ServerError> {
    let seen: i64 = tx.one(
        "SELECT count(*) FROM change_log WHERE device = ?1 AND incarnation = ?2",
        params![id.as_bytes(), incarnation],
        |r| r.get(0),
    )?;
    Ok(int(made) < seen)
}

fn greet(
    server: &Server,
    id: DeviceId,
    hello: &Hello,
    now: u64,
) -> Result<HelloReply, ServerError> {
    server.store.write(|tx| {
        let device = devices::find(tx, id)?;
        let incarnation: &[u8] = hello.incarnation.as_slice();
        let restored = restored(tx, id, &hello.incarnation, hello.made)?;
        // A restored device lost what this incarnation made: nothing is left out of what it pulls.
        let current = (!restored).then_some(incarnation);
        let app: String = hello.app.chars().take(80).collect();
        tx.execute(
            "UPDATE device SET last_seen = ?2, incarnation = ?3, made = ?4, app = ?5 WHERE id = ?1",
            params![id.as_bytes(), int(now), current, int(hello.made), app],
        )?;
        let mut villages = Vec::with_capacity(device.villages.len());
        for code in &device.villages {
            let text = code.to_string();
            let rows = household::running(tx, Log::Rows, &text, u64::MAX)?;
            let names = lawang_prelist::regions::names(*code);
            villages.push(VillageScope {
                name: names.map_or(String::new(), |n| n.village.to_owned()),
                district: names.map_or(String::new(), |n| n.district.to_owned()),
                regency: names.map_or(String::new(), |n| n.regency.to_owned()),
                rows: rows.count,
                last_row: rows.last,
                code: text,
            });
        }
        Ok(HelloReply {
            protocol: PROTOCOL,
            server: server.id.into_bytes().into(),
            time: now,
            villages,
            head: household::head(tx)?,
            restored,
            features: Some(match server.hub() {
                None => glance::FEATURES,
                Some(_) => glance::FEATURES_OF_HUB,
            }),
            token: match server.hub() {
                None => Some(glance::token(server, tx, &device, now)?.into()),
                Some(_) => None,
            },
            findings: Some(findings::offers(server, tx, &device, now)?),
            person: device.person,
            role: device.role.as_str().to_owned(),
            forms: forms::offers(tx, hello)?,
            rules: rules::offer(tx)?,
            lives: Some(backup::lives(tx)?).filter(|lives| !lives.is_empty()),
            revoked_hubs: Some(hub::revoked(tx)?)
                .filter(|all| !all.is_empty())
                .map(|all| all.into_iter().map(Into::into).collect()),
        })
    })
}
