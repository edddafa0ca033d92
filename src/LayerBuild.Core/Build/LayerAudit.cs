using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Osv;
using LayerBuild.Steps.Audit;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Resolve;

namespace LayerBuild.Build;

/// <summary>Looks up the packages of the layers of a build in the advisories, which are read when the first layer has packages.</summary>
/// <param name="log">Of the build: what the advisories lack is the same for all layers, and is said there once.</param>
internal sealed class LayerAudit(AdvisoryOptions options, string cachePath, DiagnosticLog log) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = [.. options.Said];
    private readonly ConcurrentDictionary<(string Path, string Stamp), string> _hashes = new();
    private OsvDatabase? _database;

    /// <summary>Says what is known of the packages of a layer.</summary>
    /// <param name="trees">All of the layer.</param>
    /// <returns>The trees, each with the findings of its own packages.</returns>
    public MeasuredTree[] Run(LayerWork work, MeasuredTree[] trees)
    {
        IReadOnlyList<AuditedPackage>[] packages = Array.ConvertAll(trees, t => t.Graph.Audited());
        AuditedPackage[] all = [.. packages.SelectMany(p => p)];
        if (all.Length == 0)
        {
            return trees;
        }

        OsvDatabase database = Open(work.Cancellation);
        IReadOnlyList<AuditFinding> findings = PackageAudit.Run(work.Layer, all, database, work.Cancellation);
        new AuditReport(work.Layer, work.Log).Write(findings);
        // That there is nothing at all is said once, for all layers.
        if (database.Records > 0)
        {
            AdvisoryCheck.CheckCoverage(work.Layer, all.DistinctBy(p => (p.Ecosystem, p.Key, p.Version)), database, work.Log);
        }

        return [.. trees.Select((tree, i) => tree with { Findings = [.. findings.Where(f => packages[i].Any(f.Package.IsSameAs))] })];
    }

    /// <summary>What the advisories lack. It goes to the log unless it was said before in this build.</summary>
    /// <param name="manifests">Of a layer that was audited, here or where it was built.</param>
    public IReadOnlyList<Diagnostic> Lacks(IEnumerable<LayerManifest> manifests, CancellationToken cancellation)
    {
        if (manifests.All(m => m.Packages.Count == 0))
        {
            return [];
        }

        OsvDatabase database = Open(cancellation);
        var lacks = new DiagnosticLog();
        lock (_gate)
        {
            AdvisoryCheck.Run(database, options.Today, lacks);
            foreach (Diagnostic warning in lacks.Diagnostics.Where(d => _said.Add(d.Message)))
            {
                log.Add(warning);
            }
        }

        return lacks.Warnings;
    }

    /// <summary>Changes with the content of the advisories, wherever they lie. A file that did not change is hashed once in a build.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public string Identity() => string.Join(' ', options.Paths
        .SelectMany(path => Directory.Exists(path) ? AdvisoryFiles.Below(path) : [path])
        .Select(file => File.Exists(file) ? _hashes.GetOrAdd((file, StateFile.StampOf(file)), key => WheelCache.Hash(key.Path)) : "-"));

    public void Dispose() => _database?.Dispose();

    private OsvDatabase Open(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return _database ??= OsvDatabase.Open(options.Paths, Path.Combine(cachePath, "advisories"), cancellation);
        }
    }
}
