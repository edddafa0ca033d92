using System.Collections.Concurrent;

namespace LayerBuild.Formats.Osv;

/// <summary>A source, or a record of one, that could not be read.</summary>
/// <param name="Path">Full path of the zip, folder or file.</param>
/// <param name="Reason">Goes on after "it cannot be read:".</param>
internal sealed record OsvFault(string Path, string Reason);

/// <summary>
/// Advisories in the OSV format, from exports and folders. Every source is read once, by all cores; after that the records of a
/// package are found by its name. Serves any number of layers, from any thread.
/// </summary>
internal sealed class OsvDatabase : IDisposable
{
    private readonly List<OsvSource> _sources = [];
    private readonly List<OsvFault> _faults = [];
    private readonly ConcurrentDictionary<(OsvEcosystem Ecosystem, string Name), Lazy<IReadOnlyList<OsvRecord>>> _found = new();
    private readonly ConcurrentDictionary<string, bool> _skipped = new(StringComparer.Ordinal);

    private OsvDatabase()
    {
    }

    /// <summary>Sources that could not be read, in the order in which they were named.</summary>
    public IReadOnlyList<OsvFault> Faults => _faults;

    /// <summary>Number of records that could be read.</summary>
    public int Records => _sources.Sum(s => s.Index.Facts.Records);

    /// <summary>Number of records that could not: those that are no records, and those of packages that were asked for and cannot be understood.</summary>
    public int Skipped => _sources.Sum(s => s.Index.Facts.Skipped) + _skipped.Count;

    /// <summary>Names of some of them.</summary>
    public IReadOnlyList<string> SkippedNames =>
        [.. _sources.SelectMany(s => s.Index.Facts.SkippedNames).Concat(_skipped.Keys.Order(StringComparer.Ordinal)).Take(OsvSourceFacts.MaxNames)];

    /// <param name="paths">Full paths of zips, of folders that hold zips or records at any depth, and of single records.</param>
    /// <param name="cache">Full path of a folder that keeps the indexes of zips; null for none.</param>
    public static OsvDatabase Open(IEnumerable<string> paths, string? cache, CancellationToken cancellation)
    {
        var database = new OsvDatabase();
        try
        {
            foreach (string path in paths)
            {
                database.Add(path, cache, cancellation);
            }
        }
        catch
        {
            database.Dispose();
            throw;
        }

        return database;
    }

    /// <summary>Whether any record is about the ecosystem: without one, silence about a package means nothing.</summary>
    public bool Covers(OsvEcosystem ecosystem) => _sources.Exists(s => (s.Index.Facts.Ecosystems & ecosystem.Flag) != 0);

    /// <summary>
    /// The latest day on which a record, or a member of a zip, was changed; null when nothing says so. A day that is still to come is a
    /// mistake of whoever wrote it, and does not make the data younger.
    /// </summary>
    public DateOnly? Newest(DateOnly today)
    {
        // Somewhere it is tomorrow already.
        int latest = _sources.SelectMany(s => s.Index.Facts.Days).Where(day => day <= today.DayNumber + 1).DefaultIfEmpty(0).Max();
        return latest == 0 ? null : DateOnly.FromDayNumber(latest);
    }

    /// <summary>The records that name a package, those that were withdrawn too; by id. Of two with one id the later one counts.</summary>
    public IReadOnlyList<OsvRecord> Find(OsvEcosystem ecosystem, string name)
    {
        string key = ecosystem.Key(name);
        return _found.GetOrAdd((ecosystem, key), _ => new Lazy<IReadOnlyList<OsvRecord>>(() => Read(ecosystem, key))).Value;
    }

    public void Dispose() => _sources.ForEach(s => s.Dispose());

    private OsvRecord[] Read(OsvEcosystem ecosystem, string key)
    {
        var records = new Dictionary<string, OsvRecord>(StringComparer.Ordinal);
        foreach (OsvSource source in _sources)
        {
            foreach (int place in source.Index.Find(OsvScan.Key(ecosystem, key)))
            {
                OsvRecord record;
                try
                {
                    record = source.Read(place);
                }
                catch (InvalidDataException)
                {
                    _skipped.TryAdd(source.NameOf(place), true);
                    continue;
                }

                if (!record.Affected.Any(a => a.Ecosystem == ecosystem && a.Name == key))
                {
                    continue;
                }

                if (record.HasUnreadableRanges)
                {
                    _skipped.TryAdd(source.NameOf(place), true);
                }

                if (!records.TryGetValue(record.Id, out OsvRecord? other) || (record.Modified ?? DateTimeOffset.MinValue) > (other.Modified ?? DateTimeOffset.MinValue))
                {
                    records[record.Id] = record;
                }
            }
        }

        return [.. records.Values.OrderBy(r => r.Id, StringComparer.Ordinal)];
    }

    private void Add(string path, string? cache, CancellationToken cancellation)
    {
        try
        {
            if (Directory.Exists(path))
            {
                AddFolder(path, cache, cancellation);
            }
            else if (AdvisoryFiles.IsRecord(path) && File.Exists(path))
            {
                Add(OsvFolder.Open(path, [path], cancellation));
            }
            else
            {
                Add(OsvZip.Open(path, cache, cancellation));
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _faults.Add(new OsvFault(path, e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : e.Message.TrimEnd('.')));
        }
    }

    private void Add(OsvSource source)
    {
        _sources.Add(source);
        if (source.Index.Facts is { Records: 0 } facts)
        {
            _faults.Add(new OsvFault(source.Path, facts.Skipped == 0 ? "it holds no records" : "none of its records can be read"));
        }
    }

    private void AddFolder(string path, string? cache, CancellationToken cancellation)
    {
        string[] files = AdvisoryFiles.Below(path);
        string[] zips = [.. files.Where(f => AdvisoryFiles.IsZip(f))];
        string[] records = [.. files.Where(f => AdvisoryFiles.IsRecord(f))];
        foreach (string zip in zips)
        {
            Add(zip, cache, cancellation);
        }

        if (records.Length > 0 || zips.Length == 0)
        {
            Add(OsvFolder.Open(path, records, cancellation));
        }
    }
}
