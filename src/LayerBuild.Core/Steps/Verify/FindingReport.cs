using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>Turns the findings of a layer into diagnostics: without those that the user accepts, and without a flood.</summary>
internal sealed class FindingReport(LayerDeclaration layer, DiagnosticLog log)
{
    /// <summary>More findings of one kind in one package are counted, not listed.</summary>
    private const int Listed = 5;

    /// <summary>The same, for files that want the same thing.</summary>
    private const int ListedOfSubject = 2;

    /// <param name="findings">Of one tree, in any order.</param>
    /// <param name="reported">Findings that were reported already and are not repeated; new ones are added.</param>
    public void Write(IEnumerable<Finding> findings, HashSet<Diagnostic> reported)
    {
        void Add(Diagnostic diagnostic)
        {
            if (reported.Add(diagnostic))
            {
                log.Add(diagnostic);
            }
        }

        var kinds = findings
            .Where(f => !layer.Accepts(f.Code, f.Entry?.Path.Value, f.Entry?.Path.FileName, f.Subject))
            .OrderBy(f => f.Code, StringComparer.Ordinal)
            .ThenBy(f => f.Entry?.Path.Value ?? "", StringComparer.Ordinal)
            .ThenBy(f => f.Line)
            .ThenBy(f => f.Message, StringComparer.Ordinal)
            .GroupBy(f => (f.Code, f.Severity, f.Entry?.Owner, f.Subject));
        foreach (IGrouping<(string Code, Severity Severity, InstalledPackage? Owner, string? Subject), Finding> kind in kinds)
        {
            Finding[] all = [.. kind];
            // Listing one more takes no more lines than counting it.
            int most = kind.Key.Subject is null ? Listed : ListedOfSubject;
            int listed = all.Length <= most + 1 ? all.Length : most;
            foreach (Finding finding in all[..listed])
            {
                Add(ToDiagnostic(finding));
            }

            if (all.Length > listed)
            {
                int rest = all.Length - listed;
                string owner = Owner(kind.Key.Owner) is { Length: > 0 } name ? $" of {name}" : "";
                string paths = string.Join(", ", all.Skip(listed).Take(3).Select(f => f.Entry?.Path.Value));
                Add(new Diagnostic(kind.Key.Severity, kind.Key.Code, string.Create(
                    CultureInfo.InvariantCulture,
                    $"Layer '{layer.Name}': the same goes for {rest} more files{owner}: {paths}{(rest > 3 ? ", ..." : "")}.")));
            }
        }
    }

    private Diagnostic ToDiagnostic(Finding finding)
    {
        string owner = Owner(finding.Entry?.Owner);
        string subject = finding.Entry is null ? "" : $"{(owner.Length > 0 ? $"{owner}: " : "")}{finding.Entry.Path} ";
        return new Diagnostic(finding.Severity, finding.Code, $"Layer '{layer.Name}': {subject}{finding.Message}")
        {
            File = (finding.Entry?.Content as DiskContent)?.Path,
            // A file of a package has no path to show, and a line number would be taken for one of another file.
            Line = finding.Entry?.Content is DiskContent ? finding.Line : 0,
        };
    }

    private static string Owner(InstalledPackage? package) => package is null ? "" : $"{package.Name} {package.Version}";
}
