using System.Text;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Licenses;

namespace LayerBuild.Steps.Measure;

public sealed class LicenseTextsTests
{
    [Fact]
    public void The_texts_of_each_package_stand_under_its_name()
    {
        byte[] file = new LayerExample()
            .Package("b", "2.0", 10)
            .Package("A", "1.0", 10, metadata: "License-Expression: MIT")
            .Text("python/A-1.0.dist-info/licenses/LICENSE", "\uFEFFMIT License\r\n\r\nCopyright (c) someone\r\n\r\n")
            .Text("python/A-1.0.dist-info/NOTICE.txt", "Notice")
            .Text("python/A/license.py", "code")
            .Measure(new DiagnosticLog()).Files.Single(f => f.Name == "demo.licenses.txt").Bytes;

        string rule = new('=', 80);
        Assert.Equal(
            $"""
            Licences of the packages in the Lambda layer demo

            A 1.0: MIT
            b 2.0: unknown

            {rule}
            A 1.0
            Licence: MIT

            --- python/A-1.0.dist-info/NOTICE.txt

            Notice

            --- python/A-1.0.dist-info/licenses/LICENSE

            MIT License

            Copyright (c) someone

            {rule}
            b 2.0
            Licence: unknown
            The package brings no licence text.

            """,
            Encoding.UTF8.GetString(file));
    }

    [Theory]
    [InlineData("LICENSE", true)]
    [InlineData("LICENCE.md", true)]
    [InlineData("license.txt", true)]
    [InlineData("LICENSE-MIT", true)]
    [InlineData("LICENSE.APACHE2", true)]
    [InlineData("LICENSE_bundled.txt", true)]
    [InlineData("COPYING.LESSER", true)]
    [InlineData("NOTICE", true)]
    [InlineData("THIRD_PARTY_LICENSES", true)]
    [InlineData("license.py", false)]
    [InlineData("licenses.json", false)]
    [InlineData("licensing.txt", false)]
    [InlineData("notices.html.j2", false)]
    [InlineData("README", false)]
    public void A_licence_is_known_by_its_file_name(string name, bool license) => Assert.Equal(license, LicenseFileName.IsMatch(name));
}
