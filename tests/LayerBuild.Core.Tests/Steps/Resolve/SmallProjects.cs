using System.Formats.Tar;
using System.IO.Compression;

namespace LayerBuild.Steps.Resolve;

/// <summary>Python projects whose build needs packages.</summary>
internal static class SmallProjects
{
    /// <summary>A build backend: the wheel's one module says which version of <c>tool</c> it was built with.</summary>
    public const string Backend = """
        import os, re, zipfile

        def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
            try:
                from tool import version
            except ImportError:
                version = "none"
            project = re.search('name = "(.*)"', open("pyproject.toml").read()).group(1)
            info = project + "-0.1.dist-info/"
            files = {
                project + ".py": "built with tool %s\n" % version,
                info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: 0.1\n" % project,
                info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            }
            files[info + "RECORD"] = "".join(name + ",,\n" for name in [*files, info + "RECORD"])
            name = project + "-0.1-py3-none-any.whl"
            with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
                for path, text in files.items():
                    wheel.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
            return name

        def build_sdist(sdist_directory, config_settings=None):
            raise NotImplementedError
        """;

    /// <param name="backend">Name of the package that holds <see cref="Backend"/>, and of its module.</param>
    /// <param name="needs">What its build needs besides.</param>
    public static void Write(string folder, string name, string backend, params string[] needs)
    {
        Directory.CreateDirectory(folder);
        string requires = string.Join(", ", needs.Prepend(backend).Select(n => $"\"{n}\""));
        File.WriteAllText(Path.Combine(folder, "pyproject.toml"), $"[build-system]\nrequires = [{requires}]\nbuild-backend = \"{backend}\"\n[project]\nname = \"{name}\"\nversion = \"0.1\"\n");
        File.WriteAllText(Path.Combine(folder, "PKG-INFO"), $"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n");
    }

    /// <summary>The project as a source archive, for an index that has nothing else of it.</summary>
    public static void WriteArchive(string folder, string name, string backend)
    {
        using var source = new TemporaryDirectory();
        Write(source[$"work/{name}-0.1"], name, backend);
        using FileStream file = File.Create(Path.Combine(folder, $"{name}-0.1.tar.gz"));
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        TarFile.CreateFromDirectory(source["work"], gzip, includeBaseDirectory: false);
    }
}
