using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>A layer beside what it was: which parts grew or shrank, came and went.</summary>
internal sealed record LayerGrowth(LayerManifest Before, LayerManifest After, IReadOnlyList<PartChange> Changes)
{
    /// <summary>In bytes; negative when the layer shrank.</summary>
    public long Unzipped => After.UnzippedSize - Before.UnzippedSize;

    /// <summary>In bytes; negative when the zip shrank.</summary>
    public long Zipped => After.ZippedSize - Before.ZippedSize;

    public bool Exceeds(GrowthLimit limit) =>
        Unzipped > limit.Allowance(Before.UnzippedSize) || Zipped > limit.Allowance(Before.ZippedSize);

    public static LayerGrowth Between(LayerManifest before, LayerManifest after)
    {
        Dictionary<string, LayerPart> then = LayerSizes.Of(before).Parts.ToDictionary(p => p.Key, StringComparer.Ordinal);
        Dictionary<string, LayerPart> now = LayerSizes.Of(after).Parts.ToDictionary(p => p.Key, StringComparer.Ordinal);
        var changes = new List<PartChange>();
        foreach (string key in then.Keys.Union(now.Keys, StringComparer.Ordinal))
        {
            var change = new PartChange(then.GetValueOrDefault(key), now.GetValueOrDefault(key));
            if (change.Unzipped != 0 || change.Before?.Version != change.After?.Version)
            {
                changes.Add(change);
            }
        }

        changes.Sort((a, b) => Math.Abs(b.Unzipped) != Math.Abs(a.Unzipped)
            ? Math.Abs(b.Unzipped).CompareTo(Math.Abs(a.Unzipped))
            : string.CompareOrdinal(a.Part.Key, b.Part.Key));
        return new LayerGrowth(before, after, changes);
    }

    /// <summary><c>Grew: a 1.0 to 2.0 +1.1 MB. Added: b 1.0 +2.0 MB. Removed: c 1.0 -3.0 KB.</c>, the largest ten of each.</summary>
    public string Describe()
    {
        (string Title, Func<PartChange, bool> Chosen)[] kinds =
        [
            ("Grew", c => c.Before is not null && c.After is not null && c.Unzipped > 0),
            ("Added", c => c.Before is null),
            ("Shrank", c => c.Before is not null && c.After is not null && c.Unzipped < 0),
            ("Removed", c => c.After is null),
        ];
        var sentences = new List<string>();
        foreach ((string title, Func<PartChange, bool> chosen) in kinds)
        {
            PartChange[] changes = [.. Changes.Where(chosen)];
            if (changes.Length > 0)
            {
                string more = changes.Length > 10 ? $", and {changes.Length - 10} more" : "";
                sentences.Add($"{title}: {string.Join(", ", changes.Take(10))}{more}.");
            }
        }

        return string.Join(' ', sentences);
    }
}

/// <summary>One part of a layer, then and now; not both are null.</summary>
internal sealed record PartChange(LayerPart? Before, LayerPart? After)
{
    /// <summary>As it is now, or as it was last.</summary>
    public LayerPart Part => After ?? Before!;

    /// <summary>In bytes.</summary>
    public long Unzipped => (After?.UnzippedSize ?? 0) - (Before?.UnzippedSize ?? 0);

    /// <summary>In bytes.</summary>
    public long Zipped => (After?.ZippedSize ?? 0) - (Before?.ZippedSize ?? 0);

    /// <summary><c>botocore 1.42.0 to 1.43.11</c>.</summary>
    public string Title => Before is { Version: { } before } && After is { Version: { } after } && before != after
        ? $"{Part.Name} {before} to {after}"
        : Part.Title;

    public override string ToString() => $"{Title} {Quantity.Change(Unzipped)}";
}
