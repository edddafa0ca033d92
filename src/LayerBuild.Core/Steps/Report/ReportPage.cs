using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace LayerBuild.Steps.Report;

/// <summary><c>index.html</c>: one file with style, script and data in it; it asks the network for nothing.</summary>
internal static class ReportPage
{
    /// <summary>UTF-8. The same report has the same bytes.</summary>
    public static byte[] Write(string title, LayerReport report)
    {
        string data = JsonSerializer.Serialize(ReportData.Of(title, report), ReportJson.Default.ReportData);
        return Encoding.UTF8.GetBytes(Resource("report.html")
            .Replace("{{title}}", WebUtility.HtmlEncode(title), StringComparison.Ordinal)
            .Replace("{{style}}", Resource("report.css"), StringComparison.Ordinal)
            .Replace("{{script}}", Resource("report.js"), StringComparison.Ordinal)
            .Replace("{{data}}", data, StringComparison.Ordinal));
    }

    private static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"Steps/Report/{name}")!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
