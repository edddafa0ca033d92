using System.Globalization;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Audit;

public sealed class AuditReportTests
{
    private static readonly AuditedPackage Requests = new(OsvEcosystem.PyPI, "requests", "2.19.0", true, []);

    [Fact]
    public void A_warning_says_what_it_is_where_it_is_fixed_who_required_it_and_how_to_accept_it()
    {
        Diagnostic warning = Assert.Single(Report(
            LayerExample.Declare("web"),
            Requests,
            new AdvisoryExample("GHSA-x84v-xcm2-53pg").Aliases("CVE-2018-18074", "PYSEC-2018-28").Summary("Insufficiently Protected Credentials in Requests")
                .Vector("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N").Of("requests").Range("introduced 0", "fixed 2.20.0")));
        Assert.Equal("LB6003", warning.Code);
        Assert.Equal(Severity.Warning, warning.Severity);
        Assert.Equal("/src/demo.csproj", warning.File);
        Assert.Equal(
            "Layer 'web': requests 2.19.0 has GHSA-x84v-xcm2-53pg (Insufficiently Protected Credentials in Requests), also PYSEC-2018-28 and CVE-2018-18074; "
            + "severity high (CVSS 3.0: 7.5); fixed in 2.20.0; required by the layer itself; AllowFindings=\"LB6003:GHSA-x84v-xcm2-53pg\" accepts it.",
            warning.Message);
    }

    [Theory]
    [InlineData(false, "boto3", "required by boto3;")]
    [InlineData(false, "boto3 botocore", "required by boto3 and botocore;")]
    [InlineData(true, "boto3", "required by the layer itself and boto3;")]
    [InlineData(false, "", "required by the layer itself;")]
    [InlineData(false, "a b c d e f", "required by a, b, c, d and 2 more;")]
    public void It_is_told_who_required_the_package(bool requested, string by, string words)
    {
        AuditedPackage package = Requests with { Requested = requested, RequiredBy = by.Split(' ', StringSplitOptions.RemoveEmptyEntries) };
        Assert.Contains(words, Assert.Single(Report(LayerExample.Declare(), package, Advisory("GHSA-1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_no_fix_that_is_said()
    {
        Assert.Contains("; no fixed version is known;", One(new AdvisoryExample("GHSA-1").Of("requests").Range("introduced 0")), StringComparison.Ordinal);
        Assert.Contains("; versions after 2.30 are not known to have it;", One(new AdvisoryExample("GHSA-1").Of("requests").Range("introduced 0", "last_affected 2.30")), StringComparison.Ordinal);

        static string One(AdvisoryExample advisory) => Assert.Single(Report(LayerExample.Declare(), Requests, advisory)).Message;
    }

    [Fact]
    public void What_is_accepted_is_a_detail_with_its_reason()
    {
        LayerDeclaration layer = LayerExample.Declare() with { AllowFindings = ["LB6002:GHSA-1 (not reachable)"] };
        Diagnostic detail = Assert.Single(Report(layer, Requests, Advisory("GHSA-1")));
        Assert.Equal(Severity.Detail, detail.Severity);
        Assert.Equal("Layer 'demo': AllowFindings accepts GHSA-1 of requests 2.19.0 (not reachable).", detail.Message);
    }

    [Fact]
    public void Many_vulnerabilities_of_one_package_are_no_flood_and_none_is_left_out()
    {
        AdvisoryExample[] advisories = [.. Enumerable.Range(10, 20).Select(i => Advisory($"GHSA-{i}", fixedIn: $"3.{i}"))];
        Diagnostic[] warnings = Report(LayerExample.Declare(), Requests, advisories);
        Assert.Equal(6, warnings.Length);
        Assert.All(Enumerable.Range(10, 20), i => Assert.Single(warnings, w => w.Message.Contains(string.Create(CultureInfo.InvariantCulture, $"GHSA-{i}"), StringComparison.Ordinal)));
        Assert.Equal(
            "Layer 'demo': requests 2.19.0 has 15 more vulnerabilities of moderate severity: " + string.Join(", ", Enumerable.Range(15, 15).Select(i => $"GHSA-{i}"))
            + "; all are fixed in 3.29; AllowFindings=\"LB6002:requests\" accepts all of them.",
            warnings[^1].Message);
        Assert.Equal(6, Report(LayerExample.Declare(), Requests, advisories[..6]).Length);
    }

    private static AdvisoryExample Advisory(string id, string fixedIn = "2.20.0") => new AdvisoryExample(id).Of("requests").Range("introduced 0", $"fixed {fixedIn}");

    private static Diagnostic[] Report(LayerDeclaration layer, AuditedPackage package, params AdvisoryExample[] advisories)
    {
        using var folder = new TemporaryDirectory();
        using OsvDatabase database = AdvisoryExample.Database(folder, advisories);
        var log = new DiagnosticLog();
        new AuditReport(layer, log).Write(PackageAudit.Run(layer, [package], database, CancellationToken.None));
        return [.. log.Diagnostics];
    }
}
