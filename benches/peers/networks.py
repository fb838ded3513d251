"""Networks, data and residuals that the JAX peers share.

A network of one variable with features phi, hidden widths n_1 .. n_L and activation tanh is

    f(x) = w . a_L,   a_l = tanh(a_(l-1) W_l + b_l),   a_0 = phi(x),

phi(x) = (cos wx, sin wx) for a periodic function and (cos wx) for an even one, w = 2 pi / length. The
output has no bias: W and V are determined up to constants. Parameters are one flat vector, layer by
layer (W_l unit by unit, then b_l), W's before V's: the layout of lacuna.

With states u_e (n nodes, cell h) at couplings kappa_e the potential is g_e = kappa_e W*u_e + V, by FFT,
and the residuals, each times sqrt(h) so that the sum of squares is an integral, are

    fixed-point        T(u) - u,   T(u) = exp(-g/sigma) / (h sum exp(-g/sigma))
    log-fixed-point    sqrt(u) (sigma log u + g - c),   c = h sum u (sigma log u + g).
"""

import json
from importlib.metadata import version

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np

FORMS = ("fixed-point", "log-fixed-point")


def versions(*names):
    return {name: version(name) for name in names}


class Network:
    def __init__(self, n_features, hidden):
        self.shapes = list(zip([n_features, *hidden], [*hidden, 1]))
        self.n_params = sum(i * o + o for i, o in self.shapes[:-1]) + self.shapes[-1][0]

    def initial(self, rng):
        """Glorot-normal weights and zero biases, the usual start."""
        parts = []
        for inputs, outputs in self.shapes:
            deviation = np.sqrt(2.0 / (inputs + outputs))
            parts += [deviation * rng.standard_normal(inputs * outputs), np.zeros(outputs)]
        return np.concatenate(parts[:-1])

    def __call__(self, theta, features):
        """Values (points) from parameters and features (points x features)."""
        a, at = features, 0
        for inputs, outputs in self.shapes[:-1]:
            weights = theta[at : at + inputs * outputs].reshape(outputs, inputs).T
            at += inputs * outputs
            a = jnp.tanh(a @ weights + theta[at : at + outputs])
            at += outputs
        return a @ theta[at:]


class Problem:
    """Two unknown functions of aggregation-diffusion and the states that determine them."""

    def __init__(self, path):
        with open(path) as file:
            data = json.load(file)
        self.sigma, self.length = data["diffusion"], data["length"]
        self.kappa = jnp.array(data["couplings"])[:, None]
        self.u = jnp.array(data["states"])
        self.n = self.u.shape[1]
        self.h = self.length / self.n
        self.spectra = jnp.fft.rfft(self.u)
        nodes = np.arange(self.n) * self.h
        self.kernel_features = self.even(nodes)  # displacements, in FFT order, mod the length
        self.potential_features = self.periodic(nodes)
        self.kernel = Network(1, data["hidden"])
        self.potential = Network(2, data["hidden"])
        self.theta = data.get("theta")
        self.truth = {name: np.array(data[name]["value"]) for name in ("W", "V")}
        self.truth_features = {
            "W": self.even(np.array(data["W"]["x"])),
            "V": self.periodic(np.array(data["V"]["x"])),
        }

    def even(self, x):
        return jnp.cos(2 * np.pi * x / self.length)[:, None]

    def periodic(self, x):
        phase = 2 * np.pi * x / self.length
        return jnp.stack([jnp.cos(phase), jnp.sin(phase)], axis=1)

    @property
    def n_params(self):
        return self.kernel.n_params + self.potential.n_params

    def split(self, theta):
        return theta[: self.kernel.n_params], theta[self.kernel.n_params :]

    def initial(self, seed):
        rng = np.random.default_rng(seed)
        return np.concatenate([self.kernel.initial(rng), self.potential.initial(rng)])

    def values(self, theta):
        """W at the displacements and V at the nodes."""
        w, v = self.split(theta)
        return self.kernel(w, self.kernel_features), self.potential(v, self.potential_features)

    def residuals(self, theta, form):
        """Residuals of every state, (states x n) as one vector."""
        return self.residuals_of_values(*self.values(theta), form)

    def residuals_of_values(self, kernel, potential, form):
        interaction = self.h * jnp.fft.irfft(jnp.fft.rfft(kernel) * self.spectra, self.n)
        g = self.kappa * interaction + potential
        if form == "fixed-point":
            boltzmann = jnp.exp(-(g - g.min(axis=1, keepdims=True)) / self.sigma)
            r = boltzmann / (self.h * boltzmann.sum(axis=1, keepdims=True)) - self.u
        else:
            g = self.sigma * jnp.log(self.u) + g
            c = self.h * (self.u * g).sum(axis=1, keepdims=True)
            r = jnp.sqrt(self.u) * (g - c)
        return jnp.sqrt(self.h) * r.ravel()

    def loss(self, theta, form):
        return jnp.sum(self.residuals(theta, form) ** 2)

    def errors(self, theta):
        """Relative L2 errors of W and V against the truth, means removed."""
        errors = {}
        for name, network, part in zip("WV", (self.kernel, self.potential), self.split(theta)):
            found = np.asarray(network(part, self.truth_features[name]))
            true = self.truth[name] - self.truth[name].mean()
            errors[name] = float(np.linalg.norm(found - found.mean() - true) / np.linalg.norm(true))
        return errors
