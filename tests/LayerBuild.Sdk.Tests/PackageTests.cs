using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using LayerBuild.Harness;

namespace LayerBuild;

/// <summary>The package itself, file by file.</summary>
public sealed class PackageTests
{
    [Fact]
    public void The_package_holds_these_files_and_no_other()
    {
        using ZipArchive package = ZipFile.OpenRead(PackedSdk.File);
        string[] files =
        [
            .. package.Entries.Select(e => e.FullName)
                .Where(n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal) && n != "[Content_Types].xml")
                .Order(StringComparer.Ordinal),
        ];

        Assert.Equal(
            [
                "LayerBuild.Sdk.nuspec",
                "README.md",
                "Sdk/Sdk.props",
                "Sdk/Sdk.targets",
                "build/LayerBuild.Common.props",
                "build/LayerBuild.Common.targets",
                "build/LayerBuild.LayersOnly.props",
                "build/LayerBuild.LayersOnly.targets",
                "build/LayerBuild.Publish.targets",
                "build/LayerBuild.Sdk.props",
                "build/LayerBuild.Sdk.targets",
                "buildMultiTargeting/LayerBuild.Sdk.props",
                "buildMultiTargeting/LayerBuild.Sdk.targets",
                "tasks/net10.0/AWSSDK.Core.dll",
                "tasks/net10.0/AWSSDK.SSO.dll",
                "tasks/net10.0/AWSSDK.SSOOIDC.dll",
                "tasks/net10.0/AWSSDK.SecurityToken.dll",
                "tasks/net10.0/ICSharpCode.SharpZipLib.dll",
                "tasks/net10.0/LayerBuild.Core.dll",
                "tasks/net10.0/LayerBuild.Tasks.deps.json",
                "tasks/net10.0/LayerBuild.Tasks.dll",
                .. from platform in (string[])["linux-arm64", "linux-x64", "osx-arm64", "osx-x64", "win-arm64", "win-x64"]
                   from assembly in (string[])["ICSharpCode.SharpZipLib.dll", "LayerBuild.Core.dll"]
                   select $"tasks/net10.0/{platform}/{assembly}",
            ],
            files);
    }

    [Fact]
    public void The_package_is_less_than_15_MB() => Assert.InRange(new FileInfo(PackedSdk.File).Length, 1, 14_999_999);

    [Fact]
    public void The_IL_is_less_than_3_2_MB()
    {
        using ZipArchive package = ZipFile.OpenRead(PackedSdk.File);

        Assert.InRange(package.Entries.Where(e => e.FullName.StartsWith("tasks/", StringComparison.Ordinal) && e.FullName.Count(c => c == '/') == 2).Sum(e => e.Length), 1, 3_200_000);
    }

    [Fact]
    public void The_package_says_what_it_is()
    {
        XElement metadata = Nuspec().Root!.Elements().Single();

        Assert.Equal("LayerBuild.Sdk", Value("id"));
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("true", Value("developmentDependency"));
        Assert.Contains("lambda", Value("tags"), StringComparison.Ordinal);
        Assert.Equal(["Dependency", "MSBuildSdk"], metadata.Descendants().Where(e => e.Name.LocalName == "packageType").Select(e => e.Attribute("name")!.Value).Order());
        Assert.DoesNotContain(metadata.Descendants(), e => e.Name.LocalName == "dependency");

        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;
    }

    [Theory]
    [InlineData("LayerBuild.Tasks.dll")]
    [InlineData("LayerBuild.Core.dll")]
    public void Our_assemblies_carry_their_symbols_and_no_path_of_the_machine(string assembly)
    {
        using var reader = new PEReader(File.OpenRead(Path.Combine(PackedSdk.Unpacked, "tasks/net10.0", assembly)));
        DebugDirectoryEntry[] entries = [.. reader.ReadDebugDirectory()];

        Assert.Contains(entries, e => e.Type == DebugDirectoryEntryType.Reproducible);
        DebugDirectoryEntry embedded = Assert.Single(entries, e => e.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider provider = reader.ReadEmbeddedPortablePdbDebugDirectoryData(embedded);
        MetadataReader symbols = provider.GetMetadataReader();
        Assert.All(symbols.Documents, d => Assert.StartsWith("/_/", symbols.GetString(symbols.GetDocument(d).Name), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LayerBuild.Tasks.dll")]
    [InlineData("LayerBuild.Core.dll")]
    public void What_trimming_leaves_is_as_it_was_compiled(string assembly)
    {
        // An optimization that does not know the framework takes "is OperationCanceledException" for false.
        string[] compiled = Bodies(Path.Combine(AppContext.BaseDirectory, assembly));
        string[] packed = Bodies(Path.Combine(PackedSdk.Unpacked, "tasks/net10.0", assembly));

        Assert.InRange(packed.Length, compiled.Length / 2, compiled.Length);
        Assert.Empty(packed.Except(compiled));

        // By length: trimming gives the tokens in them new numbers.
        static string[] Bodies(string path)
        {
            using var reader = new PEReader(File.OpenRead(path));
            MetadataReader metadata = reader.GetMetadataReader();
            return
            [
                .. from handle in metadata.MethodDefinitions
                   let method = metadata.GetMethodDefinition(handle)
                   where method.RelativeVirtualAddress != 0
                   let il = reader.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!
                   select $"{TypeName(method.GetDeclaringType())}.{metadata.GetString(method.Name)} {il.Length}",
            ];

            string TypeName(TypeDefinitionHandle handle)
            {
                TypeDefinition type = metadata.GetTypeDefinition(handle);
                string name = metadata.GetString(type.Name);
                return type.GetDeclaringType() is { IsNil: false } outer ? $"{TypeName(outer)}.{name}" : $"{metadata.GetString(type.Namespace)}.{name}";
            }
        }
    }

    [Fact]
    public void The_tasks_can_still_be_cancelled_after_trimming()
    {
        using var reader = new PEReader(File.OpenRead(Path.Combine(PackedSdk.Unpacked, "tasks/net10.0/LayerBuild.Tasks.dll")));
        MetadataReader metadata = reader.GetMetadataReader();
        TypeDefinition task = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Single(t => metadata.GetString(t.Name) == "LayerBuildTask");

        Assert.Contains(
            task.GetInterfaceImplementations().Select(i => metadata.GetInterfaceImplementation(i).Interface).Where(i => i.Kind == HandleKind.TypeReference),
            i => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)i).Name) == "ICancelableTask");
    }

    [Fact]
    public void Every_task_that_a_target_uses_is_there()
    {
        XDocument targets = XDocument.Load(Path.Combine(PackedSdk.Unpacked, "build/LayerBuild.Common.targets"));
        string[] declared = [.. targets.Descendants("UsingTask").Select(e => e.Attribute("TaskName")!.Value)];
        Assembly tasks = typeof(Tasks.BuildLambdaLayers).Assembly;

        Assert.NotEmpty(declared);
        Assert.All(declared, name => Assert.NotNull(tasks.GetType(name)));
    }

    private static XDocument Nuspec()
    {
        using ZipArchive package = ZipFile.OpenRead(PackedSdk.File);
        using Stream stream = package.GetEntry("LayerBuild.Sdk.nuspec")!.Open();
        return XDocument.Load(stream);
    }
}
