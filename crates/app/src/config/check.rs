//! What must hold between keys, and what this program cannot do.

use std::{fs, net::IpAddr, path::PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::compose::IpNet;

use super::{AuditSinkKind, Config, IdentityMode, ProviderConfig};

impl Config {
    /// Completes and checks what was read.
    pub(super) fn checked(mut self) -> anyhow::Result<Self> {
        ensure!(
            !self.data_dir.as_os_str().is_empty(),
            "there is no data folder, since neither HOME nor XDG_DATA_HOME is set: set `data_dir`"
        );
        self.data_dir = std::path::absolute(&self.data_dir)?;
        self.audit.file.path = self.data_dir.join(&self.audit.file.path);
        self.store_path()?;
        self.trusted_proxies()?;
        if self.audit.sink == AuditSinkKind::Kafka {
            bail!(
                "`audit.sink` is `kafka`, and this program is built without it: make it `file` or `none`"
            );
        }
        match self.identity.mode {
            IdentityMode::Demo => self.refuse_to_be_reachable()?,
            IdentityMode::Oidc => {
                bail!(
                    "`identity.mode` is `oidc`, and this program is built without it: make it `demo`"
                )
            }
        }
        ensure!(
            self.limits.body_bytes > 0,
            "`limits.body_bytes` must not be 0"
        );
        ensure!(
            self.limits.message_characters > 0,
            "`limits.message_characters` must not be 0"
        );
        for (index, provider) in self.model.providers.iter_mut().enumerate() {
            provider.check(index)?;
        }
        Ok(self)
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

    /// The database's file.
    pub fn store_path(&self) -> anyhow::Result<PathBuf> {
        let url = self.store.url.get();
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            bail!(
                "`store.url` names PostgreSQL, and this program is built without it: make it `sqlite://FILE`"
            );
        }
        let file = url
            .strip_prefix("sqlite://")
            .filter(|file| !file.is_empty());
        match file {
            Some(file) if !file.contains('?') => Ok(self.data_dir.join(file)),
            _ => bail!(
                "`store.url` must be `sqlite://FILE`, such as sqlite://parlor.db in the data folder or sqlite:///var/lib/parlor.db"
            ),
        }
    }

    /// Whose `X-Forwarded-For` is believed.
    pub fn trusted_proxies(&self) -> anyhow::Result<Vec<IpNet>> {
        let networks = self.http.trusted_proxies.0.iter().map(|text| {
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.with_context(|| {
                format!(
                    "`http.trusted_proxies` has `{text}`, which is neither an address nor a network such as 10.0.0.0/8"
                )
            })
        });
        networks.collect()
    }
}

impl ProviderConfig {
    fn check(&mut self, index: usize) -> anyhow::Result<()> {
        ensure!(
            !self.name.trim().is_empty(),
            "`model.providers[{index}]` has no `name`: give it one"
        );
        if let Some(file) = &self.api_key_file {
            ensure!(
                self.api_key.is_none(),
                "the model provider `{}` has both `api_key` and `api_key_file`: keep one",
                self.name
            );
            let key = fs::read_to_string(file).with_context(|| {
                format!(
                    "the `api_key_file` {} of the model provider `{}` cannot be read",
                    file.display(),
                    self.name
                )
            })?;
            self.api_key = Some(key.trim_end().to_owned().into());
        }
        Ok(())
    }
}
