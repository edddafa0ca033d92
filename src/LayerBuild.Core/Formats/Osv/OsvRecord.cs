namespace LayerBuild.Formats.Osv;

/// <summary>One advisory, as far as it concerns packages of PyPI and npm (OSV schema 1.x).</summary>
internal sealed record OsvRecord
{
    public required string Id { get; init; }

    /// <summary>When it was last changed; null when it does not say so.</summary>
    public DateTimeOffset? Modified { get; init; }

    public DateTimeOffset? Published { get; init; }

    /// <summary>Taken back: it says nothing about any version any more.</summary>
    public bool IsWithdrawn { get; init; }

    /// <summary>The same vulnerability in other databases; without <see cref="Id"/>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>One line of plain text; empty when the record has neither summary nor details.</summary>
    public string Summary { get; init; } = "";

    /// <summary>CVSS vectors for all packages of the record; those that cannot be computed are left out.</summary>
    public IReadOnlyList<CvssVector> Vectors { get; init; } = [];

    /// <summary>The database's own word; null when it has none, or none of the four.</summary>
    public AdvisorySeverity? Word { get; init; }

    /// <summary>Weaknesses by their number: 79 for CWE-79.</summary>
    public IReadOnlyList<int> Weaknesses { get; init; } = [];

    public IReadOnlyList<OsvAffected> Affected { get; init; } = [];

    /// <summary>A range of it names a version that its ecosystem cannot order, and was left out.</summary>
    public bool HasUnreadableRanges { get; init; }

    /// <summary>
    /// A record of malicious code. Such records carry no score: whoever installed the package ran the code.
    /// </summary>
    public bool IsMalware => Id.StartsWith("MAL-", StringComparison.Ordinal);

    /// <param name="name">The package's key in its ecosystem.</param>
    /// <param name="text">The version as the package writes it.</param>
    /// <param name="version">The same, parsed; null when its ecosystem cannot order it.</param>
    /// <returns>What of the record the version lies in; empty when it is not affected.</returns>
    public IReadOnlyList<OsvMatch> Match(OsvEcosystem ecosystem, string name, string text, PackageVersion? version)
    {
        if (IsWithdrawn)
        {
            return [];
        }

        return
        [
            .. from affected in Affected
               where affected.Ecosystem == ecosystem && affected.Name == name
               let ends = affected.Match(text, version)
               where ends.Count > 0
               select new OsvMatch(this, affected, ends),
        ];
    }
}

/// <summary>What a record says of one package.</summary>
/// <param name="Name">The package's key in its ecosystem.</param>
/// <param name="Versions">Enumerated, as the record writes them.</param>
/// <param name="Vectors">CVSS vectors for this package alone; they replace those of the record.</param>
internal sealed record OsvAffected(
    OsvEcosystem Ecosystem,
    string Name,
    IReadOnlyList<OsvRange> Ranges,
    IReadOnlyList<string> Versions,
    IReadOnlyList<CvssVector> Vectors)
{
    /// <returns>The way out of each range that the version lies in; empty when it is not affected.</returns>
    public IReadOnlyList<OsvEnd> Match(string text, PackageVersion? version)
    {
        OsvEnd[] ends = version is null ? [] : [.. Ranges.Select(range => range.Match(version)).OfType<OsvEnd>()];
        return ends.Length > 0 ? ends : IsEnumerated(text, version) ? [OsvEnd.None] : [];
    }

    /// <summary>1.0 and 1.0.0 are one version; what is no version of the ecosystem is compared as text.</summary>
    private bool IsEnumerated(string text, PackageVersion? version)
    {
        if (Versions.Contains(text))
        {
            return true;
        }

        if (version is null)
        {
            return false;
        }

        foreach (string listed in Versions)
        {
            // Parsing hundreds of versions takes longer than looking at their numbers.
            if (MayBeSame(text, listed) && PackageVersion.TryParse(Ecosystem, listed) is { } other && version.CompareToBound(other) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether two versions have the same numbers in front, but for zeros: 1.0 and v1.0.0rc1 may be the same, 1.0 and 1.1 are not.</summary>
    private static bool MayBeSame(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Contains('!') || right.Contains('!'))
        {
            return true;
        }

        left = left.TrimStart(" v=V");
        right = right.TrimStart(" v=V");
        while (true)
        {
            bool more = false;
            if (!NextNumber(ref left, ref more).SequenceEqual(NextNumber(ref right, ref more)))
            {
                return false;
            }

            if (!more)
            {
                return true;
            }
        }
    }

    /// <summary>Takes a number, and the point behind it; nothing for zero and where there is none.</summary>
    private static ReadOnlySpan<char> NextNumber(ref ReadOnlySpan<char> text, ref bool more)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> number = end < 0 ? text : text[..end];
        bool point = number.Length > 0 && end >= 0 && text[end] == '.';
        text = point ? text[(end + 1)..] : default;
        more |= point;
        return number.TrimStart('0');
    }
}

/// <summary>A version that lies in one entry of a record.</summary>
/// <param name="Ends">At least one.</param>
internal sealed record OsvMatch(OsvRecord Record, OsvAffected Affected, IReadOnlyList<OsvEnd> Ends)
{
    public IReadOnlyList<CvssVector> Vectors => Affected.Vectors.Count > 0 ? Affected.Vectors : Record.Vectors;
}
