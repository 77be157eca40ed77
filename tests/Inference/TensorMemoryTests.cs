using Edge.Inference;
using Xunit;

namespace Edge.Tests.Inference;

/// <summary>Tensors of a GPU, on the fake driver: what is carried over, and when.</summary>
public sealed class TensorMemoryTests : IDisposable
{
    private readonly FakeNvidia _nvidia = new();

    [Fact]
    public unsafe void WhatTheProcessorWritesIsCarriedOverAtEveryRun()
    {
        var driver = CudaDriver.TryLoad(_nvidia.Driver, 0, out var reason)!;
        Assert.Equal("", reason);
        Assert.Equal(("Fake Orin", "8.7"), (driver.Device, driver.ComputeCapability));
        using var memory = new TensorMemory(8, deviceOnly: false);
        new Span<byte>(memory.Host, 8).Fill(1);
        var device = new Span<byte>((void*)memory.OnDevice(driver), 8);
        Assert.Equal(1, device[7]);
        new Span<byte>(memory.Host, 8).Fill(2);
        memory.Upload(4);
        Assert.Equal([2, 2, 2, 2, 1, 1, 1, 1], device.ToArray());
        device.Fill(3);
        memory.Download(8);
        Assert.Equal(3, ((byte*)memory.Host)[7]);
        Assert.Equal(memory.OnDevice(driver), memory.OnDevice(driver));
    }

    [Fact]
    public void StateStaysOnTheDevice()
    {
        var library = _nvidia.Driver;
        var driver = CudaDriver.TryLoad(library, 0, out _)!;
        var before = FakeNvidia.Count(library, "fakeAllocated");
        var memory = new TensorMemory(16, deviceOnly: true);
        memory.OnDevice(driver);
        var copies = FakeNvidia.Count(library, "fakeCopies");
        memory.Upload(16);
        memory.Download(16);
        Assert.Equal(copies, FakeNvidia.Count(library, "fakeCopies"));
        Assert.Equal(before + 1, FakeNvidia.Count(library, "fakeAllocated"));
        memory.Dispose();
        memory.Dispose();
        Assert.Equal(before, FakeNvidia.Count(library, "fakeAllocated"));
    }

    [Fact]
    public void AnotherDeviceIsAnError()
    {
        Assert.Null(CudaDriver.TryLoad(_nvidia.Driver, 3, out var reason));
        Assert.Contains("cuDeviceGet: error 101, invalid device ordinal", reason, StringComparison.Ordinal);
    }

    public void Dispose() => _nvidia.Dispose();
}
