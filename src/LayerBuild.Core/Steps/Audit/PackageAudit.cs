using System.IO.Enumeration;
using LayerBuild.Files;
using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

/// <summary>Looks up the packages of a layer in the advisories.</summary>
internal static class PackageAudit
{
    /// <summary>
    /// How often the next fixed version is looked for when one turns out to be affected too. Real advisories need one or two.
    /// </summary>
    private const int MaxFixes = 16;

    /// <param name="packages">In any order; one that the layer holds several times is looked up once.</param>
    /// <returns>By package, then severity, the worst first, then id; those that the layer accepts too.</returns>
    public static IReadOnlyList<AuditFinding> Run(LayerDeclaration layer, IEnumerable<AuditedPackage> packages, OsvDatabase database, CancellationToken cancellation)
    {
        AuditedPackage[] distinct =
        [
            .. packages
                .GroupBy(p => (p.Ecosystem, p.Key, p.Version))
                .Select(Merge)
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .ThenBy(p => p.Version, StringComparer.Ordinal)
                .ThenBy(p => p.Ecosystem.Name, StringComparer.Ordinal),
        ];
        var findings = new AuditFinding[distinct.Length][];
        SideBySide.For(distinct.Length, i => findings[i] = [.. Findings(layer, distinct[i], database)], cancellation);
        return [.. findings.SelectMany(f => f)];
    }

    /// <summary>A package for several Pythons, or in several node_modules folders, is one.</summary>
    private static AuditedPackage Merge(IEnumerable<AuditedPackage> copies)
    {
        AuditedPackage[] all = [.. copies.OrderBy(p => p.Name, StringComparer.Ordinal)];
        return all[0] with
        {
            Requested = all.Any(p => p.Requested),
            RequiredBy = [.. all.SelectMany(p => p.RequiredBy).Distinct().Order(StringComparer.Ordinal)],
        };
    }

    private static IEnumerable<AuditFinding> Findings(LayerDeclaration layer, AuditedPackage package, OsvDatabase database)
    {
        IReadOnlyList<OsvRecord> records = database.Find(package.Ecosystem, package.Name);
        HashSet<string> withdrawn = [.. records.Where(r => r.IsWithdrawn).Select(r => r.Id)];
        var version = PackageVersion.TryParse(package.Ecosystem, package.Version);
        return SameVulnerability(records.Where(r => !r.IsWithdrawn))
            .Select(same => Finding(layer, package, version, same, withdrawn))
            .OfType<AuditFinding>()
            .OrderByDescending(f => f.Severity.Level)
            .ThenBy(f => f.Id, StringComparer.Ordinal);
    }

    private static AuditFinding? Finding(LayerDeclaration layer, AuditedPackage package, PackageVersion? version, IReadOnlyList<OsvRecord> same, HashSet<string> withdrawn)
    {
        OsvMatch[] matches = [.. same.SelectMany(r => r.Match(package.Ecosystem, package.Key, package.Version, version))];
        if (matches.Length == 0)
        {
            return null;
        }

        OsvRecord[] records = [.. matches.Select(m => m.Record).Distinct().OrderBy(r => Rank(r.Id)).ThenBy(r => r.Id, StringComparer.Ordinal)];
        HashSet<string> matched = [.. records.Select(r => r.Id)];
        // One vulnerability has one name in every layer, whichever of its records the version lies in.
        string[] ids =
        [
            .. same.Select(r => r.Id).Concat(same.SelectMany(r => r.Aliases)).Distinct()
                .OrderBy(id => withdrawn.Contains(id))
                .ThenBy(Rank)
                .ThenBy(id => !matched.Contains(id))
                .ThenBy(id => id, StringComparer.Ordinal),
        ];
        CvssVector[] vectors = [.. matches.SelectMany(m => m.Vectors).DistinctBy(v => v.Text).OrderByDescending(v => v.Score).ThenByDescending(v => v.Version, StringComparer.Ordinal).ThenBy(v => v.Text, StringComparer.Ordinal)];
        var severity = AuditSeverity.Of(records, vectors);
        PackageVersion? fixedIn = FixedIn(package, matches, same);
        return new AuditFinding(package, ids[0], ids[1..], records)
        {
            Summary = records.Select(r => r.Summary).FirstOrDefault(s => s.Length > 0) ?? "",
            Vectors = vectors,
            Severity = severity,
            FixedIn = fixedIn?.Text,
            LastAffected = fixedIn is null ? matches.SelectMany(m => m.Ends).Select(e => e.LastAffected).OfType<PackageVersion>().Max()?.Text : null,
            Acceptance = layer.Acceptance(severity.Code, glob => ids.Any(id => FileSystemName.MatchesSimpleExpression(glob, id))
                || FileSystemName.MatchesSimpleExpression(package.Ecosystem.Key(glob), package.Key)),
        };
    }

    /// <summary>The first version, upwards from the layer's, that is out of every range of every record.</summary>
    private static PackageVersion? FixedIn(AuditedPackage package, OsvMatch[] matches, IReadOnlyList<OsvRecord> same)
    {
        for (int i = 0; i < MaxFixes; i++)
        {
            // Records that enumerate versions say nothing of a fix; where another one does, it is worth as much.
            if (matches.SelectMany(m => m.Ends).Select(e => e.Fixed).OfType<PackageVersion>().Max() is not { } version)
            {
                return null;
            }

            matches = [.. same.SelectMany(r => r.Match(package.Ecosystem, package.Key, version.Text, version))];
            if (matches.Length == 0)
            {
                return version;
            }
        }

        return null;
    }

    /// <summary>Records that are aliases of each other, directly or over another id; in the order of the first of each.</summary>
    private static IEnumerable<IReadOnlyList<OsvRecord>> SameVulnerability(IEnumerable<OsvRecord> records)
    {
        var groups = new Dictionary<string, Group>(StringComparer.Ordinal);
        var all = new List<Group>();
        foreach (OsvRecord record in records)
        {
            var group = new Group();
            all.Add(group);
            foreach (string id in record.Aliases.Prepend(record.Id))
            {
                if (groups.TryGetValue(id, out Group? known))
                {
                    Group.Join(known, group);
                }
                else
                {
                    groups[id] = group;
                }
            }

            group.Root.Records.Add(record);
        }

        return all.Where(g => g.Root == g).Select(g => g.Records);
    }

    /// <summary>GitHub's advisories say most, then PyPA's; a CVE is known to everybody.</summary>
    private static int Rank(string id) =>
        id.StartsWith("GHSA-", StringComparison.Ordinal) ? 0
        : id.StartsWith("PYSEC-", StringComparison.Ordinal) ? 1
        : id.StartsWith("CVE-", StringComparison.Ordinal) ? 2
        : 3;

    /// <summary>A set of a union-find; its root has the records.</summary>
    private sealed class Group
    {
        private Group? _parent;

        public List<OsvRecord> Records { get; private set; } = [];

        public Group Root => _parent is null ? this : _parent = _parent.Root;

        public static void Join(Group left, Group right)
        {
            Group kept = left.Root;
            Group joined = right.Root;
            if (kept == joined)
            {
                return;
            }

            // The smaller one moves, so that many records take no longer than their number.
            (kept, joined) = kept.Records.Count < joined.Records.Count ? (joined, kept) : (kept, joined);
            kept.Records.AddRange(joined.Records);
            joined._parent = kept;
            joined.Records = [];
        }
    }
}
