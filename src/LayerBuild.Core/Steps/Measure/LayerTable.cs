using System.Globalization;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Measure;

/// <summary>
/// The table of a layer for the console: parts by size, share of Lambda's limit, difference to the baseline. At most
/// <see cref="MaxLines"/> lines.
/// </summary>
internal static class LayerTable
{
    public const int MaxLines = 12;

    private const int LongestTitle = 40;

    /// <param name="growth">Against the baseline; null without one.</param>
    public static IReadOnlyList<string> Write(LayerManifest manifest, LayerGrowth? growth)
    {
        IReadOnlyList<LayerPart> parts = LayerSizes.Of(manifest).Parts;
        PartChange[] gone = growth is null ? [] : [.. growth.Changes.Where(c => c.After is null)];
        // Head, total and what went take a line each; what does not fit into the others is one line.
        int room = MaxLines - 2 - (gone.Length > 0 ? 1 : 0);
        int shown = parts.Count <= room ? parts.Count : room - 1;

        var rows = new List<string[]> { Row("", "unzipped", "of limit", "zipped", growth is null ? "" : "change") };
        foreach (LayerPart part in parts.Take(shown))
        {
            rows.Add(Row(Shorten(part.Title), part.UnzippedSize, part.ZippedSize, growth is null ? null : ChangeOf(growth, part)));
        }

        if (shown < parts.Count)
        {
            LayerPart[] rest = [.. parts.Skip(shown)];
            rows.Add(Row(
                string.Create(CultureInfo.InvariantCulture, $"{rest.Length:N0} more"),
                rest.Sum(p => p.UnzippedSize),
                rest.Sum(p => p.ZippedSize),
                growth is null ? null : ChangeOf(growth, rest)));
        }

        if (gone.Length > 0)
        {
            string names = string.Join(", ", gone.Select(c => c.Part.Title));
            rows.Add(Row(Shorten($"gone: {names}"), "", "", "", Quantity.Change(gone.Sum(c => c.Unzipped))));
        }

        rows.Add(Row(manifest.Name.Length > LongestTitle ? "all" : manifest.Name, manifest.UnzippedSize, manifest.ZippedSize, growth is null ? null : Changed(growth.Unzipped)));
        return Align(rows);
    }

    private static string ChangeOf(LayerGrowth growth, params LayerPart[] parts)
    {
        PartChange[] changes = [.. growth.Changes.Where(c => c.After is not null && parts.Contains(c.After))];
        string change = Changed(changes.Sum(c => c.Unzipped));
        return parts.Length == 1 && changes is [{ Before: null }] ? $"new {change}" : change;
    }

    private static string Changed(long bytes) => bytes == 0 ? "=" : Quantity.Change(bytes);

    private static string[] Row(string title, long unzipped, long zipped, string? change) => Row(
        title,
        new ByteSize(unzipped).ToString(),
        Quantity.Share(unzipped, LambdaLimits.Unzipped),
        new ByteSize(zipped).ToString(),
        change ?? "");

    private static string[] Row(params string[] cells) => cells;

    private static string Shorten(string title) => title.Length <= LongestTitle ? title : title[..(LongestTitle - 3)] + "...";

    /// <summary>Titles to the left, numbers to the right, two blanks between.</summary>
    private static string[] Align(List<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return [.. rows.Select(row => ("  " + string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i])))).TrimEnd())];
    }
}
