using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerBuild.Files;

namespace LayerBuild.Formats.Osv;

/// <summary>Reads a record of the OSV schema that nobody vouches for: what is broken is an exception, what is odd is left out.</summary>
internal static class OsvReader
{
    /// <summary>Characters of an id. Ids stand in messages and in <c>AllowFindings</c>, so they are held to what ids are made of.</summary>
    private const int MaxIdLength = 100;

    /// <summary>Characters of a summary, about two lines of a terminal.</summary>
    private const int MaxSummaryLength = 160;

    public static JsonReaderOptions Limits { get; } = new() { MaxDepth = 64 };

    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <exception cref="JsonException">It is not JSON, or not a record.</exception>
    public static OsvRecord Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(json), new JsonDocumentOptions { MaxDepth = Limits.MaxDepth });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("A field of the record has another type.", e);
        }
    }

    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> json) => json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;

    /// <summary>Letters, digits and what joins them: nothing that a message, a list or a glob would read as something else.</summary>
    public static bool IsId(string? id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':');

    /// <returns>Null when it is no time of RFC 3339.</returns>
    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;

    private static OsvRecord Read(JsonElement root)
    {
        string id = root.RequiredText("id");
        if (!IsId(id))
        {
            throw new JsonException("Its id is none.");
        }

        var affected = new List<OsvAffected>();
        bool unreadable = false;
        foreach (JsonElement entry in Items(root, "affected"))
        {
            if (ReadAffected(entry, ref unreadable) is { } known)
            {
                affected.Add(known);
            }
        }

        JsonElement? specific = root.FindObject("database_specific");
        return new OsvRecord
        {
            Id = id,
            Modified = Time(root.Text("modified")),
            Published = Time(root.Text("published")),
            IsWithdrawn = root.Text("withdrawn") is not null,
            Aliases = [.. Items(root, "aliases").Select(a => a.GetString()).Where(IsId).Select(a => a!).Where(a => a != id).Distinct()],
            Summary = Line(root.Text("summary")) is { Length: > 0 } summary ? summary : Line(root.Text("details")),
            Vectors = Vectors(root),
            Word = specific is { } words ? Word(words) : null,
            Weaknesses = specific is { } all ? Weaknesses(all) : [],
            Affected = affected,
            HasUnreadableRanges = unreadable,
        };
    }

    private static OsvAffected? ReadAffected(JsonElement entry, ref bool unreadable)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("What is affected is not an object.");
        }

        if (entry.FindObject("package") is not { } package
            || package.Text("name") is not { } name
            || OsvEcosystem.Find(Encoding.UTF8.GetBytes(package.Text("ecosystem") ?? "")) is not { } ecosystem)
        {
            return null;
        }

        string[] versions = [.. Items(entry, "versions").Select(v => v.GetString() ?? "")];
        var ranges = new List<OsvRange>();
        foreach (JsonElement range in Items(entry, "ranges"))
        {
            // Commits are no versions.
            if (range.Text("type") is not ("ECOSYSTEM" or "SEMVER"))
            {
                continue;
            }

            if (ReadRange(ecosystem, range) is { } readable)
            {
                ranges.Add(readable);
            }
            else
            {
                // Whoever enumerated the versions could read the range.
                unreadable |= versions.Length == 0;
            }
        }

        return new OsvAffected(ecosystem, ecosystem.Key(name), ranges, versions, Vectors(entry));
    }

    private static OsvRange? ReadRange(OsvEcosystem ecosystem, JsonElement range)
    {
        var events = new List<(OsvEventKind Kind, PackageVersion? Version)>();
        foreach (JsonElement item in Items(range, "events"))
        {
            foreach ((string field, OsvEventKind kind) in new[]
            {
                ("introduced", OsvEventKind.Introduced), ("fixed", OsvEventKind.Fixed), ("last_affected", OsvEventKind.LastAffected), ("limit", OsvEventKind.Limit),
            })
            {
                if (item.Text(field) is not { } text)
                {
                    continue;
                }

                PackageVersion? version = kind == OsvEventKind.Introduced && text == "0" ? PackageVersion.Beginning : PackageVersion.TryParse(ecosystem, text);
                if (version is null && !(kind == OsvEventKind.Limit && text == "*"))
                {
                    return null;
                }

                events.Add((kind, version));
            }
        }

        return new OsvRange(events);
    }

    private static CvssVector[] Vectors(JsonElement element) =>
        [.. Items(element, "severity").Select(s => s.Text("score")).OfType<string>().Select(CvssVector.TryParse).OfType<CvssVector>()];

    private static AdvisorySeverity? Word(JsonElement specific) => specific.FindText("severity")?.ToUpperInvariant() switch
    {
        "LOW" => AdvisorySeverity.Low,
        "MODERATE" or "MEDIUM" => AdvisorySeverity.Moderate,
        "HIGH" => AdvisorySeverity.High,
        "CRITICAL" => AdvisorySeverity.Critical,
        _ => null,
    };

    private static int[] Weaknesses(JsonElement specific)
    {
        const string prefix = "CWE-";
        return
        [
            .. (specific.FindList("cwe_ids") ?? []).OnlyTexts()
                .Where(id => id.StartsWith(prefix, StringComparison.Ordinal))
                .Select(id => int.TryParse(id[prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
                .Where(number => number > 0)
                .Distinct(),
        ];
    }

    /// <summary>The beginning, without what would break a line of a log, or turn it round.</summary>
    private static string Line(string? text)
    {
        var line = new StringBuilder();
        bool space = false;
        foreach (Rune rune in (text ?? "").EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format)
            {
                space = line.Length > 0;
                continue;
            }

            if (line.Length >= MaxSummaryLength)
            {
                return line.Append('…').ToString();
            }

            line.Append(space ? " " : "").Append(rune.ToString());
            space = false;
        }

        return line.ToString();
    }

    /// <summary>An array that may be missing, or null. Anything else would be read as "not affected", and is a broken record.</summary>
    private static JsonElement.ArrayEnumerator Items(JsonElement element, string field) =>
        element.TryGetProperty(field, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.EnumerateArray() : default;
}
