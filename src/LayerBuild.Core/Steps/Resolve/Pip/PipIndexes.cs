using System.Globalization;
using System.Text;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>What indexes answered, in words.</summary>
internal static class PipIndexes
{
    /// <summary>The kinds of answer in which an index lists files (simple repository API).</summary>
    private static readonly string[] ListKinds = ["application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+html", "text/html"];

    /// <summary>Names every index that was asked with what it answered.</summary>
    /// <param name="project">What it was asked for; null for anything, and then only what went wrong is named.</param>
    public static void Append(StringBuilder text, PipFailure failure, string? project)
    {
        PipUnreachable[] failed = [.. failure.Unreachable
            .Where(u => project is null || u.Url.Contains($"/{project}/", StringComparison.Ordinal) || u.Status != 404)
            .DistinctBy(u => u.Url)];
        foreach (PipUnreachable place in failed)
        {
            text.Append(place.Status is { } status
                ? string.Create(CultureInfo.InvariantCulture, $" {place.Url} answered {status}.")
                : $" {place.Url} could not be reached: {PipWords.Innermost(place.Reason)}.");
        }

        if (failed.Any(u => u.Status is 401 or 403))
        {
            text.Append(" Credentials are looked for in the URL of the index, in the user's netrc file, and with keyring.");
        }

        if (project is null)
        {
            return;
        }

        foreach (PipIndexAnswer answer in failure.Answers.Where(a => a.Url.Contains($"/{project}/", StringComparison.Ordinal)).DistinctBy(a => a.Url))
        {
            text.Append(CultureInfo.InvariantCulture, $" {answer.Url} {(answer.Landed is null ? "answered" : $"redirected to {answer.Landed}, which answered")} with ");
            text.Append(ListKinds.Contains(answer.ContentType, StringComparer.OrdinalIgnoreCase)
                ? $"{(answer.ContentType == "text/html" ? "a page" : "a list")} that names no file of it."
                : $"{(answer.ContentType.Length > 0 ? answer.ContentType : "no content type")}: that is not the answer of a package index.");
        }
    }
}
