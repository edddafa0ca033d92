using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

/// <summary>Says what the audit of a layer found, one warning for each vulnerability, without a flood.</summary>
internal sealed class AuditReport(LayerDeclaration layer, DiagnosticLog log)
{
    /// <summary>More vulnerabilities of one package and severity are named in one line.</summary>
    private const int Listed = 5;

    /// <summary>More packages that require one are counted.</summary>
    private const int Requirers = 4;

    public void Write(IReadOnlyList<AuditFinding> findings)
    {
        foreach (IGrouping<(AuditedPackage Package, string Code), AuditFinding> kind in findings.Where(f => f.Acceptance is null).GroupBy(f => (f.Package, f.Code)))
        {
            AuditFinding[] all = [.. kind];
            // One more is no flood.
            int listed = all.Length <= Listed + 1 ? all.Length : Listed;
            foreach (AuditFinding finding in all[..listed])
            {
                Warn(finding.Code, Describe(finding));
            }

            if (listed < all.Length)
            {
                AuditFinding[] rest = all[listed..];
                Warn(kind.Key.Code, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{kind.Key.Package} has {rest.Length} more vulnerabilities of {rest[0].Severity.Name} severity: {string.Join(", ", rest.Select(f => f.Id))}; {Fix(rest)}; "
                    + $"AllowFindings=\"{kind.Key.Code}:{kind.Key.Package.Key}\" accepts all of them."));
            }
        }

        AuditFinding[] accepted = [.. findings.Where(f => f.Acceptance is not null)];
        if (accepted.Length > 0)
        {
            log.Add(new Diagnostic(Severity.Detail, "", $"Layer '{layer.Name}': AllowFindings accepts {string.Join(", ", accepted.Select(f => $"{f.Id} of {f.Package}{(f.Acceptance!.Reason is { } reason ? $" ({reason})" : "")}"))}.")
            {
                File = layer.ProjectFile,
            });
        }
    }

    private static string Describe(AuditFinding finding)
    {
        string summary = finding.Summary.Length > 0 ? $" ({finding.Summary})" : "";
        string also = finding.Aliases.Count > 0 ? $", also {Join(finding.Aliases)}" : "";
        return $"{finding.Package} has {finding.Id}{summary}{also}; severity {finding.Severity.Words}; {Fix(finding)}; {RequiredBy(finding.Package)}; "
            + $"AllowFindings=\"{finding.Code}:{finding.Id}\" accepts it.";
    }

    private static string Fix(AuditFinding finding) =>
        finding.FixedIn is { } version ? $"fixed in {version}"
        : finding.LastAffected is { } last ? $"versions after {last} are not known to have it"
        : "no fixed version is known";

    /// <summary>The version that is rid of as many as possible.</summary>
    private static string Fix(AuditFinding[] findings)
    {
        OsvEcosystem ecosystem = findings[0].Package.Ecosystem;
        AuditFinding[] mended = [.. findings.Where(f => f.FixedIn is not null)];
        if (mended.Length == 0)
        {
            return "no fixed version is known";
        }

        string latest = mended.Select(f => PackageVersion.TryParse(ecosystem, f.FixedIn!)!).Max()!.Text;
        return mended.Length == findings.Length ? $"all are fixed in {latest}"
            : string.Create(CultureInfo.InvariantCulture, $"{mended.Length} of them are fixed in {latest}");
    }

    private static string RequiredBy(AuditedPackage package)
    {
        string[] by = [.. package.Requested || package.RequiredBy.Count == 0 ? ["the layer itself"] : Array.Empty<string>(), .. package.RequiredBy.Take(Requirers)];
        int rest = package.RequiredBy.Count - Requirers;
        return string.Create(CultureInfo.InvariantCulture, $"required by {(rest > 0 ? $"{string.Join(", ", by)} and {rest} more" : Join(by))}");
    }

    private static string Join(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} and {words[^1]}";

    private void Warn(string code, string message) =>
        log.Add(Diagnostic.Warning(code, $"Layer '{layer.Name}': {message}") with { File = layer.ProjectFile });
}
