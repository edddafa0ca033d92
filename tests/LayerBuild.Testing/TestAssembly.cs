using System.Runtime.CompilerServices;

namespace LayerBuild.Testing;

/// <summary>What xunit and the runtime want in the assembly of the tests itself: compiled into each.</summary>
internal static class TestAssembly
{
#pragma warning disable CA2255 // A test assembly is no library: nobody but the runner loads it.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize() => AwsEnvironment.Initialize();
}

/// <summary>Tests that change the environment of the process: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "xunit's word")]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
