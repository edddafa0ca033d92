using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>The engine compiled ahead: images for the usual platforms, and IL for every other.</summary>
public sealed class AheadTests
{
    /// <summary>Most methods of ours that a locked build may still compile: those of the shell, and generic code over our own structs.</summary>
    private const int MostCompiled = 400;

    private static string Tasks => Path.Combine(PackedSdk.Unpacked, "tasks", "net10.0");

    [Theory]
    [InlineData("LayerBuild.Core.dll")]
    [InlineData("ICSharpCode.SharpZipLib.dll")]
    public void Every_image_belongs_to_the_IL_beside_it(string assembly)
    {
        (Guid id, bool compiled) = Read(Path.Combine(Tasks, assembly));
        Assert.False(compiled);

        Assert.All(
            ["linux-arm64", "linux-x64", "osx-arm64", "osx-x64", "win-arm64", "win-x64"],
            platform => Assert.Equal((id, true), Read(Path.Combine(Tasks, platform, assembly))));

        static (Guid Id, bool Compiled) Read(string path)
        {
            using var reader = new PEReader(File.OpenRead(path));
            MetadataReader metadata = reader.GetMetadataReader();
            return (metadata.GetGuid(metadata.GetModuleDefinition().Mvid), reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }

    [Fact]
    public void A_build_compiles_hardly_any_method_of_ours()
    {
        using CliProject project = CliProject.LayersOnly();

        string ahead = Compiled(project, "ahead.txt");
        Directory.Delete(project["bin"], recursive: true);
        // The same without what was compiled ahead, to know that this counts anything.
        project.Environment["DOTNET_ReadyToRun"] = "0";
        string all = Compiled(project, "all.txt");

        if (RuntimeInformation.RuntimeIdentifier is "linux-x64" or "linux-arm64" || !OperatingSystem.IsLinux())
        {
            Assert.InRange(Count(ahead), 1, MostCompiled);
        }

        Assert.True(Count(all) > Count(ahead), $"{Count(all)} methods without images, {Count(ahead)} with them");

        static int Count(string list) => list.Split('\n').Count(line => line.Contains("LayerBuild.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_platform_without_an_image_builds_with_the_IL_and_the_same_bytes()
    {
        using CliProject project = CliProject.LayersOnly();
        project.Succeed("build");
        byte[] zip = File.ReadAllBytes(project["bin/Debug/layers/one.zip"]);
        string copy = project["tasks"];
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(Tasks))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        Directory.Delete(project["bin"], recursive: true);
        Directory.Delete(project["obj/Debug"], recursive: true);

        project.Succeed("build", "--no-restore", $"-p:LayerBuildTasksAssembly={Path.Combine(copy, "LayerBuild.Tasks.dll")}");

        Assert.Equal(zip, File.ReadAllBytes(project["bin/Debug/layers/one.zip"]));
    }

    /// <summary>Builds in one process, and lists what the runtime compiled while it did.</summary>
    private static string Compiled(CliProject project, string list)
    {
        project.Environment["DOTNET_JitStdOutFile"] = project[list];
        project.Environment["DOTNET_JitDisasmSummary"] = "1";
        project.Succeed("build", "-m:1", "-nodeReuse:false");
        return File.ReadAllText(project[list]);
    }
}
