# shellcheck shell=bash
# The kinds of packages. Sourced by scripts/package, which sets `scratch`, `output`, `version`, `machine`, `base`.

: "${scratch:=}" "${output:=}" "${version:=}" "${machine:=}" "${base:=}" "${repository:=}"
summary="carries OpenShift content across an air gap"

# The portable directory: what the program leaves beside a bundle, and what an installation has besides.
make_tree() {
  tree=$scratch/$base
  python3 "$repository/scripts/lib/package/layout.py" "$scratch/layout"
  "$scratch/portable-sealift" pack --image "oci:$scratch/layout:empty" --unsigned --include-self --quiet \
    -o "$scratch/self.tar.zst"
  mv "$scratch/self.sealift" "$tree"
  ln -s sealift "$tree/oc-sealift"
  add_share "$tree/share"
  python3 "$repository/scripts/lib/package/contents.py" licences "$tree" "$tree/share/licenses"
}

# Completions and man pages, made by the program, below a directory.
add_share() {
  mkdir -p "$1/bash-completion/completions" "$1/zsh/site-functions" "$1/fish/vendor_completions.d" "$1/man/man1"
  "$scratch/sealift" completion bash >"$1/bash-completion/completions/sealift"
  ln -s sealift "$1/bash-completion/completions/oc-sealift"
  "$scratch/sealift" completion zsh >"$1/zsh/site-functions/_sealift"
  "$scratch/sealift" completion fish >"$1/fish/vendor_completions.d/sealift.fish"
  python3 "$repository/scripts/lib/package/manual.py" "$scratch/sealift" "$1/man/man1"
}

make_archive() {
  tar -C "$scratch" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
    -cf - "$base" | zstd -q -19 --long=26 -T1 -o "$output/$base.tar.zst"
}

# For Debian and Ubuntu, with their libraries.
make_deb() {
  local root=$scratch/deb
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/usr/share/doc/sealift" "$scratch/control/debian"
  install -m 755 "$scratch/sealift" "$root/usr/bin/sealift"
  ln -s sealift "$root/usr/bin/oc-sealift"
  add_share "$root/usr/share"
  mv "$root/usr/share/zsh/site-functions" "$root/usr/share/zsh/vendor-completions"
  gzip -9n "$root/usr/share/man/man1"/*.1
  cp "$repository/README.md" "$root/usr/share/doc/sealift/"
  printf 'Source: sealift\n\nPackage: sealift\nArchitecture: any\nDescription: x\n' >"$scratch/control/debian/control"
  local needed
  needed=$(cd "$scratch/control" && dpkg-shlibdeps -O "$root/usr/bin/sealift" 2>/dev/null)
  cat >"$root/DEBIAN/control" <<END
Package: sealift
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: Sealift <sealift@localhost>
Section: admin
Priority: optional
Depends: ${needed#shlibs:Depends=}
Recommends: ca-certificates, gpgv
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Description: $summary
 Packs releases, operators, images, charts and files into one signed archive,
 and unpacks it, proven, into a registry on the other side.
END
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$root" \
    "$output/sealift_${version}_$(dpkg --print-architecture).deb" >/dev/null
}

# For RHEL and its kin: the portable directory below /opt, with links to it.
make_rpm() {
  local root=$scratch/rpm
  mkdir -p "$root/opt" "$root/usr/bin" "$root/usr/share"
  cp -a "$tree" "$root/opt/sealift"
  cp -a "$tree/share/bash-completion" "$tree/share/zsh" "$tree/share/fish" "$tree/share/man" "$root/usr/share/"
  rm -r "$root/opt/sealift/share/bash-completion" "$root/opt/sealift/share/zsh" "$root/opt/sealift/share/fish" \
    "$root/opt/sealift/share/man"
  gzip -9n "$root/usr/share/man/man1"/*.1
  ln -s ../../opt/sealift/sealift "$root/usr/bin/sealift"
  ln -s ../../opt/sealift/sealift "$root/usr/bin/oc-sealift"
  find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  cat >"$scratch/sealift.spec" <<END
Name: sealift
Version: $version
Release: 1
Summary: Carries OpenShift content across an air gap
License: see /opt/sealift/share/licenses
URL: https://localhost/sealift
AutoReqProv: no
%description
Packs releases, operators, images, charts and files into one signed archive,
and unpacks it, proven, into a registry on the other side. Brings all its
libraries, and needs a kernel alone.
%install
cp -a $root/. %{buildroot}/
%files
%defattr(-,root,root)
/opt/sealift
/usr/bin/sealift
/usr/bin/oc-sealift
/usr/share/bash-completion/completions/*
/usr/share/zsh/site-functions/*
/usr/share/fish/vendor_completions.d/*
/usr/share/man/man1/*
END
  # Nothing is stripped, compressed or asked for again; and neither the host nor the hour is in the file.
  rpmbuild -bb --quiet --define "_topdir $scratch/rpmbuild" --define "_rpmdir $output" --define "_rpmfilename %{NVRA}.rpm" \
    --define "__os_install_post %{nil}" --define "debug_package %{nil}" --define "_build_id_links none" \
    --define "_buildhost localhost" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" --define "_binary_payload w6.xzdio" --define "_build_name_fmt %{NVRA}.rpm" \
    --define "source_date_epoch_from_changelog 0" --target "$machine-linux" "$scratch/sealift.spec" >"$scratch/rpm.log" 2>&1 ||
    die "rpmbuild failed: $(tail -n 5 "$scratch/rpm.log")"
}

# A layout in an archive, as `podman load` and `sealift pack --image oci:` take it when it is unpacked.
make_image() {
  python3 "$repository/scripts/lib/package/image.py" "$tree" "$scratch/image" "$version" "$SEALIFT_COMMIT"
  tar -C "$scratch/image" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
    -cf "$output/$base.oci.tar" .
}

make_list() {
  python3 "$repository/scripts/lib/package/contents.py" spdx "$tree" "$output/$base.spdx.json" "$version" "$SEALIFT_COMMIT"
}
