using System.Net.Sockets;

namespace Edge.Machine;

/// <summary>Whether somebody listens at a place of the network.</summary>
internal static class TcpProbe
{
    private static readonly TimeSpan TimeOut = TimeSpan.FromSeconds(1.5);

    /// <summary>Connects and hangs up. Null: somebody is there; else why not.</summary>
    public static string? Connect(string host, int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var end = new CancellationTokenSource(TimeOut);
        try
        {
            socket.ConnectAsync(host, port, end.Token).AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return $"no answer within {TimeOut.TotalSeconds:0.0} s";
        }
    }
}
