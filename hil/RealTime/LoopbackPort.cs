using System.Net;
using System.Net.Sockets;

namespace Edge.Hil.RealTime;

/// <summary>Free TCP ports on loopback for servers that a rig starts.</summary>
public static class LoopbackPort
{
    // Below the kernel's ephemeral ports (from 32768): no client's own port takes it between the choice and the server's start, and a client that keeps
    // trying to reach a server that is gone cannot be given that very port and connect to itself.
    private const int First = 20_000, Count = 12_000;
    private static int _last = Random.Shared.Next(Count);

    /// <summary>A port that nobody listens on; a different one at each call.</summary>
    /// <exception cref="InvalidOperationException">All are taken.</exception>
    public static int Next()
    {
        for (var i = 0; i < Count; i++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
            }
        }

        throw new InvalidOperationException($"every port from {First} to {First + Count - 1} is taken on 127.0.0.1; end the programs that listen there (ss -ltnp)");
    }
}
