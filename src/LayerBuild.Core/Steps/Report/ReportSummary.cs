using System.Globalization;
using System.Text;
using LayerBuild.Lambda;
using LayerBuild.Steps.Measure;

namespace LayerBuild.Steps.Report;

/// <summary><c>summary.md</c>: the report in GitHub's Markdown, for the summary page of a CI's run.</summary>
internal static class ReportSummary
{
    private const int MostChanges = 20;

    /// <summary>UTF-8, line feeds.</summary>
    public static byte[] Write(string title, LayerReport report)
    {
        var page = new StringBuilder();
        Line(page, $"## {Text(title)}");
        page.Append('\n');
        bool compares = report.Layers.Any(l => l.Growth is not null);
        Line(page, $"| Layer | Packages | Files | Zipped | Unzipped | Of the limit |{(compares ? " Change |" : "")} |");
        Line(page, $"| --- | ---: | ---: | ---: | ---: | ---: |{(compares ? " ---: |" : "")} --- |");
        foreach (ReportedLayer layer in report.Layers)
        {
            LayerManifest manifest = layer.Manifest;
            int packages = LayerSizes.Of(manifest).Parts.Count(p => p.Key != LayerPart.OwnKey);
            string change = !compares ? "" : $" {(layer.Growth is { } growth ? Change(growth.Unzipped) : "new")} |";
            string share = Quantity.Share(manifest.UnzippedSize, LambdaLimits.Unzipped);
            Line(page, $"| {Text(manifest.Name)} | {packages:N0} | {manifest.Files:N0} | {new ByteSize(manifest.ZippedSize)} | {new ByteSize(manifest.UnzippedSize)} | {share} |{change} {Text(State(layer))} |");
        }

        WriteFunctions(page, report);
        foreach (ReportedLayer layer in report.Layers)
        {
            WriteChanges(page, layer);
        }

        WriteShared(page, report);
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    /// <summary>What a layer breaks, or that all is well.</summary>
    private static string State(ReportedLayer layer)
    {
        var broken = new List<string>();
        MeasuredContents contents = layer.Contents;
        if (layer.Manifest.UnzippedSize >= LambdaLimits.Unzipped)
        {
            broken.Add("over Lambda's limit");
        }

        if (layer.Manifest.ZippedSize > contents.MaxZippedSize)
        {
            broken.Add($"over its zipped budget of {new ByteSize(contents.MaxZippedSize.Value)}");
        }

        if (layer.Manifest.UnzippedSize > contents.MaxUnzippedSize)
        {
            broken.Add($"over its unzipped budget of {new ByteSize(contents.MaxUnzippedSize.Value)}");
        }

        if (layer.GrowsTooMuch)
        {
            broken.Add($"grew by more than its MaxGrowth of {contents.MaxGrowth}");
        }

        return broken.Count > 0 ? string.Join(", ", broken) : layer.IsBuilt ? "" : "not built";
    }

    private static void WriteFunctions(StringBuilder page, LayerReport report)
    {
        if (report.Functions.Count == 0)
        {
            return;
        }

        page.Append('\n');
        Line(page, $"| Function | Code | Layers | Unzipped | Of the limit |");
        Line(page, $"| --- | ---: | --- | ---: | ---: |");
        foreach (ReportedFunction function in report.Functions)
        {
            string code = function.CodeSize is { } size ? new ByteSize(size).ToString() : "unknown";
            string layers = string.Join(", ", function.Layers.Select(l => Text(l.Name) + (l.UnzippedSize is null ? " (size unknown)" : "")));
            string sum = (function.IsComplete ? "" : "at least ") + new ByteSize(function.UnzippedSize);
            Line(page, $"| {Text(function.Name)} | {code} | {layers} | {sum} | {Quantity.Share(function.UnzippedSize, LambdaLimits.Unzipped)} |");
        }
    }

    private static void WriteChanges(StringBuilder page, ReportedLayer layer)
    {
        if (layer.Growth is not { Changes.Count: > 0 } growth)
        {
            return;
        }

        page.Append('\n');
        Line(page, $"<details><summary>{Text(layer.Manifest.Name)}: {Change(growth.Unzipped)} unzipped, {Change(growth.Zipped)} zipped since the baseline</summary>");
        page.Append('\n');
        Line(page, $"| Package | Before | Now | Unzipped | Zipped |");
        Line(page, $"| --- | --- | --- | ---: | ---: |");
        foreach (PartChange change in growth.Changes.Take(MostChanges))
        {
            Line(page, $"| {Text(change.Part.Name)} | {Version(change.Before)} | {Version(change.After)} | {Change(change.Unzipped)} | {Change(change.Zipped)} |");
        }

        if (growth.Changes.Count > MostChanges)
        {
            Line(page, $"| {growth.Changes.Count - MostChanges:N0} more | | | {Change(growth.Changes.Skip(MostChanges).Sum(c => c.Unzipped))} | {Change(growth.Changes.Skip(MostChanges).Sum(c => c.Zipped))} |");
        }

        page.Append('\n');
        Line(page, $"</details>");

        static string Version(LayerPart? part) => part is null ? "" : Text(part.Version ?? "yes");
    }

    private static void WriteShared(StringBuilder page, LayerReport report)
    {
        bool first = true;
        for (int f = 0; f < report.Functions.Count; f++)
        {
            ReportedFunction function = report.Functions[f];
            foreach (SharedPackage package in report.Shared.Where(s => s.Functions.Contains(f)))
            {
                string places = string.Join(" and ", package.Places
                    .Where(p => function.Layers.Any(l => l.Layer == p.Layer))
                    .Select(p => $"{Text(p.Part.Version ?? "")} in {Text(report.Layers[p.Layer].Manifest.Name)}"));
                Line(page, $"{(first ? "\n" : "")}- {Text(function.Name)} gets **{Text(package.Name)}** more than once: {places}.");
                first = false;
            }
        }
    }

    private static string Change(long bytes) => bytes == 0 ? "=" : Quantity.Change(bytes);

    /// <summary>Text that means nothing to Markdown or HTML.</summary>
    private static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            _ = c switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '|' or '*' or '`' or '[' or ']' or '\\' or '_' => escaped.Append('\\').Append(c),
                _ when char.IsControl(c) => escaped.Append(' '),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private static void Line(StringBuilder page, FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
