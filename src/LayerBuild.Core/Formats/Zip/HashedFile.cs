using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace LayerBuild.Formats.Zip;

/// <summary>A file that is written once, front to back, and hashed by another core on the way.</summary>
internal sealed class HashedFile : IDisposable
{
    private const int BlockSize = 1 << 20;
    private const int BlockCount = 4;

    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[][] _blocks = new byte[BlockCount][];
    private readonly Task[] _blockHashed = new Task[BlockCount];
    private Task _hashed = Task.CompletedTask;
    private int _block;
    private int _used;
    private long _written;

    public HashedFile(string path)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        for (int i = 0; i < BlockCount; i++)
        {
            _blocks[i] = [];
            _blockHashed[i] = Task.CompletedTask;
        }
    }

    /// <summary>Bytes so far.</summary>
    public long Position => _written + _used;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> free = GetSpan();
            int count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Room for at least one byte, to be filled and told to <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan()
    {
        if (_used == BlockSize)
        {
            Flush();
        }

        if (_blocks[_block].Length == 0)
        {
            _blocks[_block] = GC.AllocateUninitializedArray<byte>(BlockSize);
        }

        return _blocks[_block].AsSpan(_used);
    }

    public void Advance(int count) => _used += count;

    /// <summary>Writes what is left; returns the SHA-256 of the file.</summary>
    public byte[] Finish()
    {
        Flush();
        _hashed.GetAwaiter().GetResult();
        return _sha256.GetHashAndReset();
    }

    public void Dispose()
    {
        // Whatever went wrong, the hash must not be touched any more.
        ((IAsyncResult)_hashed).AsyncWaitHandle.WaitOne();
        _sha256.Dispose();
        _file.Dispose();
    }

    private void Flush()
    {
        if (_used == 0)
        {
            return;
        }

        byte[] block = _blocks[_block];
        int count = _used;
        _hashed = _hashed.ContinueWith(
            _ => _sha256.AppendData(block, 0, count), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _blockHashed[_block] = _hashed;
        RandomAccess.Write(_file, block.AsSpan(0, count), _written);
        _written += count;
        _used = 0;
        _block = (_block + 1) % BlockCount;
        _blockHashed[_block].GetAwaiter().GetResult();
    }
}
