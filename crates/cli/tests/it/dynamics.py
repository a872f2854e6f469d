"""A score."""
import numpy as np


def dynamics(row):
    base = 1.2 * np.tanh(row.x0 - 0.3) + 0.9 * np.sin(1.1 * row["x1"]) * (0.5 if row.x2 < 0 else 1.0)
    bump = np.exp(-(row.x2 ** 2)) - 0.7 * np.clip(row.x1, -1.0, 1.5)
    if row.x0 > 0.4 and not row.x2 > 1.0:
        base += 0.8 * np.where(row.x1 > 0, 1.0, -0.5)
    elif row.x0 < -1.0:
        base -= 0.6 * abs(row.x2)
    else:
        bump = bump + 0.1 * max(row.x1, row.x2)
    return base + 1.1 * bump
