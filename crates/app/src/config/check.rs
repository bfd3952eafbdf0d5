//! What must hold between keys, and what this program cannot do.

use std::{net::IpAddr, num::NonZeroU32};

use anyhow::{Context as _, bail, ensure};

use crate::compose::IpNet;

use super::{
    Config, IdentityMode, ProviderConfig,
    values::{at_most_one, read_secret},
};

impl Config {
    /// Completes and checks what was read.
    pub(super) fn checked(mut self) -> anyhow::Result<Self> {
        ensure!(
            !self.data_dir.as_os_str().is_empty(),
            "there is no data folder: {} tells none. Set `data_dir` (--data-dir, PARLOR_DATA_DIR)",
            if cfg!(windows) {
                "LOCALAPPDATA"
            } else {
                "neither XDG_DATA_HOME nor HOME"
            }
        );
        self.data_dir = std::path::absolute(&self.data_dir)?;
        self.audit.file.path = self.data_dir.join(&self.audit.file.path);
        self.store.read_files()?;
        self.check_audit_file(&self.store_location()?)?;
        self.trusted_proxies()?;
        self.audit.check()?;
        self.refuse_to_share_a_port()?;
        match self.identity.mode {
            IdentityMode::Demo => self.refuse_to_be_reachable()?,
        }
        let limits = &self.limits;
        for (key, is_zero) in [
            ("limits.body_bytes", limits.body_bytes == 0),
            ("limits.message_characters", limits.message_characters == 0),
            ("model.answer_timeout_ms", self.model.answer_timeout_ms == 0),
        ] {
            ensure!(
                !is_zero,
                "`{key}` must be a whole number from 1 to {}: it is `0`",
                i64::MAX
            );
        }
        for (index, provider) in self.model.providers.iter_mut().enumerate() {
            provider.check(index)?;
        }
        Ok(self)
    }

    fn refuse_to_share_a_port(&self) -> anyhow::Result<()> {
        let (http, metrics) = (self.http.listen, self.metrics.listen);
        ensure!(
            http.port() == 0 || metrics != Some(http),
            "`http.listen` and `metrics.listen` are both {http}: give one of them another port, or make `metrics.listen` empty"
        );
        Ok(())
    }

    /// The tokens of the demo organization are published: whoever reaches the service may do everything.
    fn refuse_to_be_reachable(&self) -> anyhow::Result<()> {
        let listeners = [
            ("http.listen", Some(self.http.listen)),
            ("metrics.listen", self.metrics.listen),
        ];
        for (key, address) in listeners {
            if let Some(address) = address.filter(|address| !address.ip().is_loopback()) {
                bail!(
                    "`{key}` is {address}, and `identity.mode` is `demo`: everybody knows the tokens of the demo \
                     organization, so the service may be reachable from this machine only. Listen on 127.0.0.1 or [::1]"
                );
            }
        }
        Ok(())
    }

    /// Whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(&self) -> anyhow::Result<Vec<IpNet>> {
        let networks = self.http.trusted_proxies.0.iter().map(|text| {
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.ok().with_context(|| {
                format!(
                    "`http.trusted_proxies` has `{text}`, which is neither an address nor a network such as 10.0.0.0/8"
                )
            })
        });
        networks.collect()
    }
}

impl ProviderConfig {
    /// The context length of each model; none where it is not configured.
    pub fn context_lengths(&self) -> anyhow::Result<Vec<NonZeroU32>> {
        let texts = &self.context_length.0;
        let lengths: Result<Vec<NonZeroU32>, _> =
            texts.iter().map(|text| text.trim().parse()).collect();
        let lengths = lengths.ok().with_context(|| {
            format!(
                "must be whole numbers from 1 to {}, such as 8192: it is `{}`",
                u32::MAX,
                texts.join(", ")
            )
        })?;
        match *lengths {
            [length] => Ok(vec![length; self.models.0.len()]),
            _ if lengths.is_empty() || lengths.len() == self.models.0.len() => Ok(lengths),
            _ => bail!(
                "has {} numbers for {} models: give one for all, or one for each",
                lengths.len(),
                self.models.0.len()
            ),
        }
    }

    fn check(&mut self, index: usize) -> anyhow::Result<()> {
        ensure!(
            !self.name.trim().is_empty(),
            "`model.providers[{index}]` has no `name`: give it one"
        );
        let key = |name: &str| format!("model.providers[{index}].{name}");
        let (here, in_file) = (self.api_key.is_some(), self.api_key_file.is_some());
        at_most_one(&key("api_key"), here, &key("api_key_file"), in_file)?;
        if let Some(file) = &self.api_key_file {
            self.api_key = Some(read_secret(&key("api_key_file"), file)?.try_into()?);
        }
        if let Err(error) = self.context_lengths() {
            bail!("`{}` {error}", key("context_length"));
        }
        Ok(())
    }
}
