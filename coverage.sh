#!/usr/bin/env bash
# Lines and branches of the engine that its own tests run, by room. Arguments go to dotnet test: ./coverage.sh --filter NAME
set -euo pipefail
cd "$(dirname "$0")"

results=artifacts/coverage
rm -rf "$results"
for project in tests/LayerBuild.Core.Tests tests/LayerBuild.Tasks.Tests; do
  # Built in a folder of its own: dlls with symbols beside them are not those that ship.
  dotnet test "$project" --nologo -v q -p:Coverage=true --artifacts-path artifacts/covered \
    --collect "XPlat Code Coverage" --results-directory "$results" "$@"
done

python3 - "$results" <<'PYTHON'
import collections, pathlib, sys, xml.etree.ElementTree as tree

lines = collections.defaultdict(dict)
branches = collections.defaultdict(dict)
for report in pathlib.Path(sys.argv[1]).rglob("coverage.cobertura.xml"):
    for entry in tree.parse(report).getroot().iter("class"):
        parts = pathlib.PurePath(entry.get("filename")).parts
        if "LayerBuild.Core" not in parts or "obj" in parts:
            continue
        inside = parts[parts.index("LayerBuild.Core") + 1 : -1]
        room = "/".join(inside[: 2 if inside and inside[0] in ("Formats", "Steps") else 1])
        for line in entry.iter("line"):
            place = (entry.get("filename"), line.get("number"))
            lines[room][place] = lines[room].get(place, False) or int(line.get("hits")) > 0
            if line.get("condition-coverage"):
                taken, all_ = line.get("condition-coverage").split("(")[1].rstrip(")").split("/")
                branches[room][place] = max(branches[room].get(place, (0, int(all_))), (int(taken), int(all_)))

def share(part, whole):
    return "%5.1f %%" % (100 * part / whole) if whole else "      -"

print("%-20s %8s %8s %9s" % ("room", "lines", "covered", "branches"))
for room in sorted(lines):
    taken = branches[room].values()
    print("%-20s %8d %8s %9s" % (room, len(lines[room]), share(sum(lines[room].values()), len(lines[room])), share(sum(t for t, _ in taken), sum(a for _, a in taken))))
PYTHON
