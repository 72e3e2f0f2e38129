"""Predicts taxi fares with scikit-learn: the program that `make demo` records.

    taxi.py --write rides.csv    writes synthetic rides (always the same ones)
    taxi.py rides.csv            reads them, fits a random forest, predicts

The data and the trees are the kind of program that sampling profilers for Python call idle: nearly
all of its time is native code that runs without the GIL, in threads that Python only waits for.
"""

import argparse
import sys
import time

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor

FEATURES = [
    "distance_km", "passengers", "hour", "weekday", "minute_of_day", "speed_kmh", "duration_min",
]


def synthetic_rides(rows):
    """A year of rides: rush hours are slow, the fare is by distance and time, plus noise."""
    random = np.random.default_rng(20190812)
    seconds = np.sort(random.integers(0, 365 * 86400, rows))
    pickup = np.datetime64("2019-01-01T00:00:00") + seconds.astype("timedelta64[s]")
    hour = seconds // 3600 % 24
    distance = (random.gamma(2.0, 2.2, rows) + 0.3).round(2)
    rush = np.isin(hour, [7, 8, 9, 16, 17, 18])
    speed = np.where(rush, 14, 26) * random.lognormal(0, 0.25, rows)
    duration = (distance / speed * 3600).astype("timedelta64[s]")
    fare = 2.5 + 1.6 * distance + 0.35 * duration.astype(float) / 60
    fare = fare + np.where((hour >= 20) | (hour < 6), 0.5, 0) + random.normal(0, 1.2, rows)
    return pd.DataFrame({
        "pickup": pickup,
        "dropoff": pickup + duration,
        "distance_km": distance,
        "passengers": random.choice([1, 2, 3, 4, 5, 6], rows, p=[.7, .14, .05, .03, .05, .03]),
        "fare": np.maximum(fare, 2.5).round(2),
    })


def read_rides(path):
    return pd.read_csv(path, parse_dates=["pickup", "dropoff"])


def with_features(rides):
    rides = rides.copy()
    rides["hour"] = rides["pickup"].dt.hour
    rides["weekday"] = rides["pickup"].dt.day_of_week
    rides["minute_of_day"] = rides["hour"] * 60 + rides["pickup"].dt.minute
    duration = (rides["dropoff"] - rides["pickup"]).dt.total_seconds()
    rides["duration_min"] = duration / 60
    rides["speed_kmh"] = rides["distance_km"] / (duration / 3600).clip(lower=1 / 60)
    return rides


def fit(rides, trees):
    model = RandomForestRegressor(
        n_estimators=trees, min_samples_leaf=5, n_jobs=2, random_state=1)
    return model.fit(rides[FEATURES], rides["fare"])


def predict(model, rides):
    return model.predict(rides[FEATURES])


class Clock:
    """Phase timings, on standard error."""

    def __init__(self):
        self.mark = time.perf_counter()

    def lap(self, phase):
        now = time.perf_counter()
        print("%-8s %6.2f s" % (phase, now - self.mark), file=sys.stderr)
        self.mark = now


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("csv")
    parser.add_argument("--write", action="store_true", help="write the CSV and end")
    parser.add_argument("--rows", type=int, default=800_000, help="with --write")
    parser.add_argument("--trees", type=int, default=16)
    arguments = parser.parse_args()
    if arguments.write:
        synthetic_rides(arguments.rows).to_csv(arguments.csv, index=False)
        return

    clock = Clock()
    rides = read_rides(arguments.csv)
    clock.lap("read")
    rides = with_features(rides)
    known, unknown = rides.iloc[::2], rides.iloc[1::2]
    clock.lap("features")
    model = fit(known, arguments.trees)
    clock.lap("fit")
    predicted = predict(model, unknown)
    clock.lap("predict")
    error = np.abs(predicted - unknown["fare"]).mean()
    print("mean error of %d fares: %.2f" % (len(predicted), error))


if __name__ == "__main__":
    main()
