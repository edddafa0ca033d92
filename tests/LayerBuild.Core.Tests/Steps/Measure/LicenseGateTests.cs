using LayerBuild.Diagnostics;

namespace LayerBuild.Steps.Measure;

public sealed class LicenseGateTests
{
    [Theory]
    [InlineData("GPL-3.0-only", "GPL-3.0-only", true)]
    [InlineData("gpl-3.0", "GPL-3.0-only", true)]
    [InlineData("GPL-3.0-only", "MIT", false)]
    [InlineData("GPL-3.0-only", "GPL-3.0-only OR MIT", false)]
    [InlineData("GPL-3.0-only", "GPL-3.0-only AND MIT", true)]
    [InlineData("GPL-3.0-only", "MIT AND (ISC OR GPL-3.0-only)", false)]
    [InlineData("GPL-3.0-only;ISC", "MIT AND (ISC OR GPL-3.0-only)", true)]
    [InlineData("GPL-3.0-only", "GPL-3.0-only WITH GCC-exception-3.1", true)]
    [InlineData("GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only WITH GCC-exception-3.1", true)]
    [InlineData("GPL-3.0-only WITH GCC-exception-3.1", "GPL-3.0-only", false)]
    [InlineData("GPL-3.0-only", "GPL-3.0-or-later", true)]
    [InlineData("GPL-3.0-only", "GPL-2.0-or-later", false)]
    [InlineData("GPL-2.0-only;GPL-3.0-only", "GPL-2.0+", true)]
    [InlineData("GPL-2.0-or-later", "GPL-3.0-only", true)]
    [InlineData("GPL-3.0-or-later", "GPL-2.0-only", false)]
    [InlineData("GPL-*", "GPL-2.0-only", true)]
    [InlineData("GPL-*", "LGPL-2.1-only", false)]
    [InlineData("LicenseRef-Ours", "LicenseRef-Ours", true)]
    public void A_licence_is_let_in_when_it_can_be_had_without_a_disallowed_one(string disallowed, string expression, bool refused)
    {
        Diagnostic[] diagnostics = Check(disallowed, $"License-Expression: {expression}");
        Assert.Equal(refused ? ["LB4007"] : [], diagnostics.Select(d => d.Code));
        Assert.All(diagnostics, d => Assert.Contains("some-package 1.0 is licensed", d.Message));
    }

    [Theory]
    [InlineData("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "LB4007")]
    [InlineData("Classifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "LB4007")]
    [InlineData("Classifier: License :: OSI Approved :: GNU General Public License (GPL)", "LB4008")]
    [InlineData("License: BSD", "LB4008")]
    [InlineData("", "LB4008")]
    [InlineData("License: MIT", null)]
    public void What_METADATA_does_not_say_is_said_to_be_unknown(string metadata, string? code)
    {
        Diagnostic[] diagnostics = Check("GPL-3.0-only", metadata);
        Assert.Equal(code is null ? [] : [code], diagnostics.Select(d => d.Code));
        Assert.All(diagnostics, d => Assert.Equal(code == "LB4007" ? Severity.Error : Severity.Warning, d.Severity));
    }

    [Theory]
    [InlineData("LB4007:some-package")]
    [InlineData("LB4007:Some_Package")]
    [InlineData("LB4007:some-*")]
    [InlineData("LB4007")]
    public void A_finding_can_be_accepted(string finding)
    {
        Assert.Empty(Check("MIT", "License: MIT", finding));
        Assert.Empty(Check("MIT", "", finding.Replace("LB4007", "LB4008")));
        Assert.NotEmpty(Check("MIT", "License: MIT", "LB4007:other"));
    }

    [Fact]
    public void Without_a_list_nothing_is_said() => Assert.Empty(Check("", ""));

    private static Diagnostic[] Check(string disallowed, string metadata, params string[] allowFindings)
    {
        var log = new DiagnosticLog();
        new LayerExample
        {
            Declaration = LayerExample.Declare() with { DisallowLicenses = disallowed.Split(';', StringSplitOptions.RemoveEmptyEntries), AllowFindings = allowFindings },
        }.Package("some-package", "1.0", 10, metadata: metadata).Measure(log);
        return [.. log.Diagnostics];
    }
}
