#!/usr/bin/env python3
"""Prints the results of benchmark programs (JSON files given as arguments) as one table: the median CPU time of the
repetitions, and how it compares with the limit of the same file."""
import json
import statistics
import sys


def medians(paths):
    rows = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            # The programs run them in random order, but number them as they were registered.
            for run in sorted(json.load(file)["benchmarks"], key=lambda run: run["family_index"]):
                if run.get("error_occurred"):
                    sys.exit(f"{run['name']}: {run['error_message']}")
                if run["run_type"] == "iteration":
                    rows.setdefault(run["run_name"], []).append(run)
    return {
        name: {key: statistics.median(run[key] for run in runs) for key in
               ("cpu_time", "items_per_second", "bytes_per_second")}
        for name, runs in rows.items()
    }


def ratios(name, row, rows):
    kind, file, *size = name.split("/")
    found = []
    if kind == "parse" and f"split/{file}" in rows:
        cost = rows[f"split/{file}"]["items_per_second"] / row["items_per_second"]
        found.append(f"{cost:.1f} x split")
    limits = {"scan": ["memcpy"], "decode": ["scan", "memcpy"], "encode": ["scan", "memcpy"], "copy": ["memcpy"]}
    for limit in limits.get(kind, []):
        # What is copied is beside a copy into a buffer of the same size.
        same = "/".join([limit, file, *size]) if kind == "copy" and size != ["whole"] else f"{limit}/{file}"
        other = rows.get(same)
        if other:
            found.append(f"{row['bytes_per_second'] / other['bytes_per_second']:.2f} of {limit}")
    return ", ".join(found)


def main():
    rows = medians(sys.argv[1:])
    width = max(map(len, rows))
    print(f"{'benchmark':{width}}  {'ns/item':>12}  {'items/s':>12}  {'GB/s':>7}  ratio")
    for name, row in rows.items():
        print(f"{name:{width}}  {1e9 / row['items_per_second']:12.1f}  {row['items_per_second']:12.0f}"
              f"  {row['bytes_per_second'] / 1e9:7.2f}  {ratios(name, row, rows)}".rstrip())


main()
