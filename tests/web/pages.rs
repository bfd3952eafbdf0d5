//! The service, and people who look at its pages.

use futures::join;

use super::{browser::Browser, profile::Profile};
use crate::harness::{Deployment, Service, ServiceBuilder};

/// A running service whose pages people open, each in a browser of their own.
pub struct Pages {
    service: Service,
}

impl Pages {
    /// With the demo organization, deployed as this run of the tests asks.
    pub async fn demo() -> Self {
        Self::of(Service::builder()).await
    }

    /// The same as two instances on one PostgreSQL, whatever this run is about.
    pub async fn on_two_instances() -> Self {
        Self::of(Service::builder().deployed(Deployment::Postgres)).await
    }

    /// Of a service that is configured otherwise.
    pub async fn of(service: ServiceBuilder) -> Self {
        let service = service.start().await;
        Self { service }
    }

    /// The service behind the pages.
    pub const fn service(&self) -> &Service {
        &self.service
    }

    /// The same, to be stopped and started.
    pub const fn service_mut(&mut self) -> &mut Service {
        &mut self.service
    }

    /// A browser in which nobody is signed in, at the first instance.
    pub async fn browser(&self, profile: Profile) -> Browser {
        self.browser_at(0, profile).await
    }

    /// The same at one of the instances. It may go to all of them.
    pub async fn browser_at(&self, instance: usize, profile: Profile) -> Browser {
        let instances = self.service.instances().iter();
        let mut origins: Vec<String> = instances
            .map(|instance| instance.base().to_owned())
            .collect();
        origins.rotate_left(instance);
        Browser::start(&origins, profile).await
    }

    /// Two people at once. Where there are several instances, each is at another one.
    pub async fn two_browsers(&self, profiles: [Profile; 2]) -> [Browser; 2] {
        let [first, second] = profiles;
        let last = self.service.instances().len() - 1;
        let (first, second) = join!(self.browser(first), self.browser_at(last, second));
        [first, second]
    }
}
