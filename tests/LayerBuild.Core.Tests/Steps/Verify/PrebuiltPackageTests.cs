using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

/// <summary>npm's prebuilt packages: right ones pass, their twins for other systems are refused.</summary>
public class PrebuiltPackageTests
{
    [RequiresPrebuiltTheory]
    [InlineData("x86_64", "@img/sharp-linux-x64;@img/sharp-libvips-linux-x64", null)]
    [InlineData("arm64", "@img/sharp-linux-arm64", null)]
    [InlineData("x86_64", "@esbuild/linux-x64", null)]
    [InlineData("arm64", "@img/sharp-linux-x64", "LB3001")]
    [InlineData("x86_64", "@img/sharp-linux-arm64", "LB3001")]
    [InlineData("x86_64", "@img/sharp-linuxmusl-x64", "LB3003")]
    [InlineData("arm64", "@img/sharp-linuxmusl-arm64", "LB3003")]
    [InlineData("x86_64", "@img/sharp-linux-x64;@img/sharp-libvips-linux-x64;@img/sharp-linuxmusl-x64", "LB3003")]
    [InlineData("arm64", "@img/sharp-darwin-arm64", "LB3003")]
    [InlineData("x86_64", "@img/sharp-win32-x64", "LB3003")]
    [InlineData("arm64", "@esbuild/darwin-arm64", "LB3003")]
    public void Packages_are_judged_by_their_files(string architecture, string packages, string? code)
    {
        var layer = new TestLayer("nodejs22.x", architecture);
        // libvips of arm64 is left out here, to keep the download small.
        layer.Declaration = layer.Declaration with { AllowFindings = ["LB3005:libvips*"] };
        foreach (string package in packages.Split(';'))
        {
            foreach ((string path, byte[] bytes, bool executable) in RequiresPrebuiltTheoryAttribute.Read(package))
            {
                layer.Add($"nodejs/node_modules/{package}/{path}", bytes, executable ? EntryKind.Executable : EntryKind.File);
            }
        }

        IReadOnlyList<Diagnostic> found = layer.Verify();
        if (code is null)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.All(found, d => Assert.Equal((code, Severity.Error), (d.Code, d.Severity)));
            Assert.NotEmpty(found);
        }
    }
}
