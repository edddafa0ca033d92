using LayerBuild.Steps.Measure;

namespace LayerBuild.Formats.Licenses;

public sealed class LicenseTests
{
    [Theory]
    [InlineData("License-Expression: MIT", "MIT")]
    [InlineData("License-Expression: mit or apache-2.0", "MIT OR Apache-2.0")]
    [InlineData("License-Expression: GPL-3.0+ WITH gcc-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1")]
    [InlineData("License-Expression: (MIT OR 0BSD) AND Zlib", "(MIT OR 0BSD) AND Zlib")]
    [InlineData("License-Expression: MIT\nLicense: Apache-2.0", "MIT")]
    [InlineData("Classifier: License :: OSI Approved :: MIT License", "MIT")]
    [InlineData("License: All of this is MIT licensed.\n    And more\nClassifier: License :: OSI Approved :: MIT License", "MIT")]
    [InlineData("License: MIT\nClassifier: License :: OSI Approved", "MIT")]
    [InlineData("License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License", "BSD-3-Clause")]
    [InlineData("License: BSD\nClassifier: License :: OSI Approved :: BSD License", "BSD License")]
    [InlineData("License: Apache License 2.0", "Apache-2.0")]
    [InlineData("License: MIT OR Apache-2.0\nClassifier: License :: OSI Approved :: MIT License\nClassifier: License :: OSI Approved :: Apache Software License", "MIT OR Apache-2.0")]
    [InlineData("License: Dual License\nClassifier: License :: OSI Approved :: BSD License\nClassifier: License :: OSI Approved :: Apache Software License", "BSD License, Apache-2.0")]
    [InlineData("License: See the file COPYING", "See the file COPYING")]
    [InlineData("License: UNKNOWN", null)]
    [InlineData("License:", null)]
    [InlineData("Summary: nothing", null)]
    [InlineData("License: first line\n        of a whole text", null)]
    public void The_licence_is_what_METADATA_says_best(string metadata, string? license) =>
        Assert.Equal(license, PackageLicense.Read($"Metadata-Version: 2.1\r\nName: x\n{metadata}\n\nLicense: not me").Text);

    [Theory]
    [InlineData("MIT AND")]
    [InlineData("AND MIT")]
    [InlineData("(MIT")]
    [InlineData("MIT)")]
    [InlineData("MIT Apache-2.0")]
    [InlineData("MIT WITH")]
    [InlineData("MIT, BSD")]
    [InlineData("")]
    public void What_is_not_an_expression_is_not_taken_for_one(string text) => Assert.Null(LicenseExpression.Parse(text));

    [Fact]
    public void And_binds_closer_than_or() =>
        Assert.Equal(
            new LicenseExpression.Any(new LicenseExpression.Single("MIT", null), new LicenseExpression.All(new LicenseExpression.Single("ISC", null), new LicenseExpression.Single("0BSD", null))),
            LicenseExpression.Parse("MIT OR ISC AND 0BSD"));
}
