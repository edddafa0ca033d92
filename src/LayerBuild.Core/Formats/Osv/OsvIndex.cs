namespace LayerBuild.Formats.Osv;

/// <summary>Where the records of a package are in one source, and what there is to know of the source as a whole.</summary>
internal sealed class OsvIndex
{
    private readonly ulong[] _keys;
    private readonly int[] _places;

    /// <param name="keys">Ascending.</param>
    /// <param name="places">For each key a record: its place in the source. A package has as many keys as records.</param>
    private OsvIndex(ulong[] keys, int[] places, OsvSourceFacts facts)
    {
        _keys = keys;
        _places = places;
        Facts = facts;
    }

    public OsvSourceFacts Facts { get; }

    /// <summary>Makes an index out of what was read of a source, whatever the order was in which it was read.</summary>
    public static OsvIndex Of(IReadOnlyCollection<OsvScanned> parts)
    {
        (ulong Key, int Place)[] rows = [.. parts.SelectMany(p => p.Packages).Distinct()];
        Array.Sort(rows);
        return new OsvIndex(
            [.. rows.Select(r => r.Key)],
            [.. rows.Select(r => r.Place)],
            new OsvSourceFacts(
                parts.Sum(p => p.Records),
                parts.Aggregate(0, (all, p) => all | p.Ecosystems),
                [.. parts.SelectMany(p => p.Days).Distinct().Order()],
                parts.Sum(p => p.Skipped),
                [.. parts.SelectMany(p => p.SkippedNames).Order(StringComparer.Ordinal).Take(OsvSourceFacts.MaxNames)]));
    }

    /// <summary>Places of the records that may be about a package.</summary>
    public IEnumerable<int> Find(ulong key)
    {
        int at = Array.BinarySearch(_keys, key);
        while (at > 0 && _keys[at - 1] == key)
        {
            at--;
        }

        for (; at >= 0 && at < _keys.Length && _keys[at] == key; at++)
        {
            yield return _places[at];
        }
    }

    /// <exception cref="IOException">The content is shorter than it says.</exception>
    public static OsvIndex Read(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        var keys = new ulong[count];
        var places = new int[count];
        for (int i = 0; i < count; i++)
        {
            keys[i] = reader.ReadUInt64();
            places[i] = reader.ReadInt32();
        }

        return new OsvIndex(keys, places, OsvSourceFacts.Read(reader));
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_keys.Length);
        for (int i = 0; i < _keys.Length; i++)
        {
            writer.Write(_keys[i]);
            writer.Write(_places[i]);
        }

        Facts.Write(writer);
    }
}

/// <summary>What one pass over a part of a source found.</summary>
internal sealed class OsvScanned
{
    public List<(ulong Key, int Place)> Packages { get; } = [];

    public HashSet<int> Days { get; } = [];

    public List<string> SkippedNames { get; } = [];

    public int Records { get; set; }

    public int Ecosystems { get; set; }

    public int Skipped { get; set; }

    /// <summary>Counts a record that could not be read.</summary>
    public void Skip(string name)
    {
        Skipped++;
        if (SkippedNames.Count < OsvSourceFacts.MaxNames)
        {
            SkippedNames.Add(name);
        }
    }
}

/// <param name="Records">Those that could be read.</param>
/// <param name="Ecosystems">Flags of the ecosystems that they are about.</param>
/// <param name="Days">The days on which records, or members of the zip, were last changed; ascending, as day numbers.</param>
/// <param name="Skipped">Number of records that could not be read.</param>
/// <param name="SkippedNames">Some of their names.</param>
internal sealed record OsvSourceFacts(int Records, int Ecosystems, int[] Days, int Skipped, string[] SkippedNames)
{
    public const int MaxNames = 3;

    public static OsvSourceFacts Read(BinaryReader reader) => new(
        reader.ReadInt32(),
        reader.ReadInt32(),
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32())],
        reader.ReadInt32(),
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())]);

    public void Write(BinaryWriter writer)
    {
        writer.Write(Records);
        writer.Write(Ecosystems);
        writer.Write(Days.Length);
        foreach (int day in Days)
        {
            writer.Write(day);
        }

        writer.Write(Skipped);
        writer.Write(SkippedNames.Length);
        foreach (string name in SkippedNames)
        {
            writer.Write(name);
        }
    }
}
