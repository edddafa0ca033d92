using System.Text;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>What a wheel of the cache says of itself, noted beside it when it is first read.</summary>
internal static class MetadataNote
{
    private const string FileName = "requires.txt";

    /// <inheritdoc cref="WheelMetadata.Read"/>
    public static WheelMetadata? Read(CachedWheel wheel, WheelCache cache)
    {
        string note = Path.Combine(cache.DirectoryOf(wheel.Sha256), FileName);
        try
        {
            if (File.ReadAllLines(note) is [{ Length: > 0 } version, var extras, .. var requires, "end"])
            {
                return new WheelMetadata(version, extras.Split(' ', StringSplitOptions.RemoveEmptyEntries), requires);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not noted yet.
        }

        if (WheelMetadata.Read(wheel.Path) is not { } metadata)
        {
            return null;
        }

        try
        {
            AtomicFile.Write(note, Encoding.UTF8.GetBytes(string.Join('\n', [metadata.Version, string.Join(' ', metadata.Extras), .. metadata.RequiresDist, "end"])));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Read again next time.
        }

        return metadata;
    }
}
